"""The counter: files that come in pieces from a browser, kept until the archive has them, and sorted into documents."""
