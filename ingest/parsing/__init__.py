"""The kept parsing process: who asks it, what it can do, and the process itself."""
