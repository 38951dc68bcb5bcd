"""The lanes in which references come: who overtakes whom when there is not enough for all."""

from enum import StrEnum


class Lane(StrEnum):
    """Where a reference came from."""

    QUESTION = "question"
    """``questions``: somebody waits for the answer, so it goes before everything else."""
    URGENT = "urgent"
    """``image-references``: goes before the others."""
    BATCH = "batch"
    """``image-references-batch``: may wait, and keeps a small share."""
    RETRY = "retry"
    """A retry topic: its image did not come before, and may be slow again."""
