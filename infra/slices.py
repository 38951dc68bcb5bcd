"""Sequences in slices of a size."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_slices(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield ``size`` items after ``size`` others, in order; the last slice may be shorter."""
    return (items[start : start + size] for start in range(0, len(items), size))
