"""What the reading room measures about itself: `luutru bench`."""
