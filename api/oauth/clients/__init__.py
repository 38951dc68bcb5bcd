"""OAuth clients: made, looked at, changed and revoked by administrators."""
