"""The reading room: follows the archive's journal, finds and shows. Imports `archive` (its door out) and `schemas`."""
