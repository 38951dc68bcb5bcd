"""Our part of the page for trying the API: the scripts that start Swagger UI and take an authorization back."""
