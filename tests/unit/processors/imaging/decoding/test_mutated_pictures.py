"""Four hundred pictures damaged in every way, on the way that a worker takes them: each is read or rejected, in time.

Three thousand of them also go through the recogniser: ``make fuzz-images``.
"""

from collections.abc import Iterator

import pytest

from infra.errors import Rejected
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.decoding.processes.pool import DecoderPool
from processors.imaging.views import THUMBNAIL, Crop
from schemas.dead_letters import Reason
from tests.fakes.mutated_pictures import DAMAGES, KINDS, mutants, undamaged

COUNT = 420
# Long past what a picture takes on the slowest machine: one that ends a process this way would never end.
TIMEOUT_S = 300.0
SIDE = 224
# What became of an image that ended a process, which no picture of the kinds here may do.
ENDED = {Reason.DECODE_TIMEOUT, Reason.CRASHED_DECODER, Reason.DECODE_OUT_OF_MEMORY}
REASONS = {Reason.CORRUPT_IMAGE, Reason.UNSUPPORTED_FORMAT, Reason.TOO_MANY_PIXELS}


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    processes = DecoderPool(2, TIMEOUT_S, 64_000_000)
    yield Decoder(64_000_000, processes)
    processes.close()


def outcome(decoder: Decoder, data: bytes) -> str:
    try:
        image = decoder.decode(data, (Crop(256, SIDE), THUMBNAIL))
    except Rejected as rejected:
        return rejected.reason
    assert image.views[Crop(256, SIDE)].shape == (SIDE, SIDE, 3)
    return "read"


def test_every_mutant_is_read_or_rejected_in_time(decoder: Decoder) -> None:
    outcomes: dict[str, set[str]] = {}
    for mutant in mutants(COUNT, seed=1):
        outcomes.setdefault(mutant.damage, set()).add(outcome(decoder, mutant.data))
    found = set().union(*outcomes.values())
    assert found <= {"read", *REASONS}
    assert {"read", Reason.CORRUPT_IMAGE, Reason.UNSUPPORTED_FORMAT} <= found
    assert not found & ENDED


def test_the_same_seed_gives_the_same_mutants_and_every_kind_meets_every_damage() -> None:
    first = list(mutants(len(KINDS) * len(DAMAGES), seed=7))
    assert first == list(mutants(len(KINDS) * len(DAMAGES), seed=7))
    assert {(mutant.kind, mutant.damage) for mutant in first} == {(k, d) for k in KINDS for d in DAMAGES}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_damaged_is_read(decoder: Decoder, kind: str) -> None:
    assert outcome(decoder, undamaged(kind, "coffee.jpg")) == "read"
