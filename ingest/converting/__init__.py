"""The ways to PDF/A, one module for each kind of source, and the text gate."""
