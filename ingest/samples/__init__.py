"""Sample documents of our own wording: typeset, then "scanned"."""
