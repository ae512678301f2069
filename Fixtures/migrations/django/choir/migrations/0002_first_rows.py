"""Rows before what follows."""

from django.db import migrations


def add(apps, schema_editor):
    singers = apps.get_model("choir", "Singer").objects
    songs = apps.get_model("choir", "Song").objects
    for number in range(20):
        singers.create(name=f"Singer {number}", born=str(1950 + number) if number % 3 else None)
    concert = apps.get_model("choir", "Concert").objects.create(place="Town hall")
    for number in range(5):
        concert.songs.add(songs.create(title=f"Song {number}", minutes=number))
    apps.get_model("choir", "Poster").objects.create(concert=concert, colour="red")


class Migration(migrations.Migration):
    dependencies = [("choir", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
