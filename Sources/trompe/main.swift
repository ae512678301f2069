print("trompe")
