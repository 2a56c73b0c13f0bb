"""The sandbox with its two doors: the only code that starts programs."""
