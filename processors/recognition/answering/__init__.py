"""Images that were read: what their pipelines answer, at once or later."""
