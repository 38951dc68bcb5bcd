"""One examination: every area is looked at beside the others, and what cannot be looked at is told as such."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from infra.errors import ConfigurationError, TransientError
from infra.operations.doctor.findings import Finding, Report, Telling, Unseen, most_urgent_first
from schemas.texts.masking import mask_secrets

AREA_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Area:
    """One outside system, or one part of this machine.

    ``look`` gathers facts and returns what the checks tell of them. It raises ``TransientError`` where the system does
    not answer and ``ConfigurationError`` where it refuses: the whole area is unseen then. ``remedy`` says what to do.
    """

    name: str
    look: Callable[[], Awaitable[Iterable[Telling]]]
    remedy: str


async def examine(
    areas: Sequence[Area], home: Path, ignored: Collection[str] = (), timeout_s: float = AREA_TIMEOUT_S
) -> Report:
    """Look at all areas at once; what the checks named in ``ignored`` tell is left out."""
    told = await asyncio.gather(*(_look(area, timeout_s) for area in areas))
    wanted = [one for some in told for one in some if not is_ignored(one.check, ignored)]
    return Report(
        version=version("vedette"),
        at=datetime.now(UTC),
        home=str(home),
        areas=tuple(area.name for area in areas),
        findings=most_urgent_first(one for one in wanted if isinstance(one, Finding)),
        # Why a server does not answer is told in its own words, and these may repeat an address with a password.
        unseen=tuple(
            one.model_copy(update={"why": mask_secrets(one.why)}) for one in wanted if isinstance(one, Unseen)
        ),
    )


def is_ignored(check: str, ignored: Collection[str]) -> bool:
    """Whether a check, or the area that it belongs to, is among those to be left out."""
    return check in ignored or check.partition(".")[0] in ignored


async def _look(area: Area, timeout_s: float) -> list[Telling]:
    try:
        async with asyncio.timeout(timeout_s):
            return list(await area.look())
    except TimeoutError:
        return [_unseen(area, f"there was no answer within {timeout_s:g} s")]
    except (TransientError, ConfigurationError) as error:
        return [_unseen(area, str(error))]


def _unseen(area: Area, why: str) -> Unseen:
    return Unseen(check=area.name, subject=f"everything about {area.name}", why=why, remedy=area.remedy)
