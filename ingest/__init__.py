"""From paper to package: the workshop. Imports `archive` (its door in) and `schemas`."""
