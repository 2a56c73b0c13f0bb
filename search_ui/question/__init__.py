"""What a reader types: its tree, the fields it names, other words for it, names before and after, typing errors."""
