"""Parts of identifying: what a PDF is, and what would fill the machine."""
