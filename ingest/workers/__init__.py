"""Who does the work: one batch, processes of this machine, Celery workers of others."""
