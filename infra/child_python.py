"""How processes of the platform start others: with the same Python, on the platform's own modules."""

import sys


def child_python(*arguments: str) -> list[str]:
    """Return the command that runs this Python with ``arguments``.

    ``-m`` alone would look in the current folder first: whoever starts the platform beside an ``api`` or ``infra`` of
    their own would run that.
    """
    return [sys.executable, "-P", *arguments]
