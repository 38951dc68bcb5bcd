"""What is kept about the platform itself: pipelines, models, audit, backups, reconciliation."""
