"""Measurements of the reading room, for `luutru bench`."""
