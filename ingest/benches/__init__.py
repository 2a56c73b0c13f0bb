"""What `luutru bench` measures, a module for each measurement."""
