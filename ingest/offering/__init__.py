"""What is offered: files and folders become documents with a place in the arrangement."""
