"""``vedette export``, ``GET /v1/export`` and the result files of jobs: many images as one file."""
