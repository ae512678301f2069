import CLibPQ
func v() -> Int32 { PQlibVersion() }
