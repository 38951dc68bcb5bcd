"""What a backup holds of the platform: tables, documents and where consumer groups stand."""
