"""What is mutated: what the platform promises most rests on it; each module with the unit tests that belong to it."""

from dataclasses import dataclass

UNIT = "tests/unit"


@dataclass(frozen=True)
class Target:
    """One module, and what must notice any change to it."""

    module: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.module.removesuffix(".py").replace("/", "-")


SOURCE_TESTS = tuple(f"{UNIT}/infra/sources/test_image_source_{part}.py" for part in ("rules", "addresses", "files"))
RECOGNISER_TESTS = (
    *(f"{UNIT}/processors/recognition/test_{part}.py" for part in ("recogniser", "unread")),
    f"{UNIT}/processors/recognition/answering",
)
# What a batch passes through beside the recogniser itself.
RECOGNISER_PARTS = ("batch", "answering/answerer", "answering/durable", "answering/parts")
RECONCILE_TESTS = (f"{UNIT}/infra/operations/reconcile",)
RECONCILE = ("findings", "identities", "outdated", "pending", "reference_numbers", "settling", "tracing", "unread")

TARGETS = (
    Target("infra/sources/rules.py", SOURCE_TESTS),
    Target("infra/sources/addresses.py", SOURCE_TESTS),
    Target("api/security/tokens/access_tokens.py", (f"{UNIT}/api/security/tokens",)),
    Target("processors/streams/delivery.py", (f"{UNIT}/processors/streams/test_delivery.py",)),
    Target("processors/recognition/recogniser.py", RECOGNISER_TESTS),
    Target("processors/recognition/outcomes.py", RECOGNISER_TESTS),
    *(Target(f"processors/recognition/{part}.py", RECOGNISER_TESTS) for part in RECOGNISER_PARTS),
    *(Target(f"infra/operations/reconcile/{module}.py", RECONCILE_TESTS) for module in RECONCILE),
)
