"""The reference song: a clip of it, which song it is, its tempo, key and mood."""
