"""Python's garbage collector in processes that run for long and must not pause."""

import gc

# Objects: by default it looks every 700, several times for each image or request.
COLLECT_AFTER = 10_000


def collect_rarely() -> None:
    """Keep what is there by now out of every collection, and collect what comes after it less often.

    To be called once everything is loaded and connected: a collection that looks through all of that stops every
    thread for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
