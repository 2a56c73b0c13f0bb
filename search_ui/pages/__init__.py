"""The pages of the reading room: each module gathers what one kind of page shows and hands it to its template."""
