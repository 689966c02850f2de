"""Other services' APIs, a folder each."""
