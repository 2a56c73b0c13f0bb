"""Who may see what in the reading room: the guard of every search, marks on images, the log of visits, and the forms."""
