"""The page for trying the API, and pages of the documentation that are made from the routes."""
