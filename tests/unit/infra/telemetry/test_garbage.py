"""What a process has loaded before it begins is never looked through again."""

import subprocess
import sys

# In a process of its own: what is frozen here would stay so for all tests.
PROBE = """
import gc
from infra.telemetry.garbage import COLLECT_AFTER, collect_rarely
loaded = [[number] for number in range(1000)]
ring = []
ring.append(ring)
del ring
collect_rarely()
assert gc.get_threshold()[0] == COLLECT_AFTER
assert gc.get_freeze_count() > len(loaded)
assert not any(item is loaded for item in gc.get_objects()), "would be looked through"
assert gc.collect() == 0, "what was garbage before stays for ever"
"""


def test_what_is_loaded_is_left_alone_and_no_garbage_is_kept_with_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
