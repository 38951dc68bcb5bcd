"""Images whose bytes come with the request."""
