"""``vedette pipelines diff``: what changes from one pipeline to another, for people and for programs."""

import asyncio

from rich.table import Table

from infra.cassandra.images.scan import StoreScan
from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.pipelines.diff import LabelCount, PipelineDiff, compare_pipelines
from processors.pipelines.service import find_named
from schemas.answers import Label
from schemas.messages.replays import History
from schemas.results import VersionedName


def diff(
    settings: Settings,
    pipelines: tuple[VersionedName, VersionedName],
    history: History,
    limit: int,
    console: Console,
    *,
    as_json: bool,
) -> None:
    """Print what changes; raises ``NotFound`` for a pipeline that there is not."""
    found = asyncio.run(_compare(settings, pipelines, history, limit))
    if as_json:
        console.print(found.model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        _show(found, console)


async def _compare(
    settings: Settings, pipelines: tuple[VersionedName, VersionedName], history: History, limit: int
) -> PipelineDiff:
    session = await CassandraSession.connect(settings.cassandra)
    try:
        for name in pipelines:
            await find_named(PipelineStore(session), name)
        return await compare_pipelines(StoreScan(session), *pipelines, history, limit)
    finally:
        await session.close()


def _show(found: PipelineDiff, console: Console) -> None:
    if found.most_different:
        console.print(_table(found))
    if found.agreement is not None and found.confidence_change is not None:
        console.print(
            f"{found.agreement:.1%} keep their top label, {found.flipped:,} do not; "
            f"its confidence changes by {found.confidence_change:+.3f} on average",
            soft_wrap=True,
        )
        console.print(f"labels gained: {found.gained:,}{_told(found.most_gained)}", soft_wrap=True, markup=False)
        console.print(f"labels lost: {found.lost:,}{_told(found.most_lost)}", soft_wrap=True, markup=False)
    console.print(
        f"{found.compared:,} pictures compared; {found.only_old:,} images answered by {found.old} alone, "
        f"{found.only_new:,} by {found.new} alone; {found.other_picture:,} whose picture has changed between, "
        f"{found.without_labels:,} without labels of one of them",
        soft_wrap=True,
    )


def _table(found: PipelineDiff) -> Table:
    table = Table("workspace", "image", "uri", found.old, found.new, "difference", title="the most different")
    for one in found.most_different:
        old, new = _cell(one.old), _cell(one.new)
        table.add_row(one.owner, one.image_id, one.uri, old, f"→ {new}", f"{one.difference:.3f}")
    return table


def _cell(label: Label | None) -> str:
    return "none" if label is None else f"{label.name} {label.confidence:.2f}"


def _told(labels: tuple[LabelCount, ...]) -> str:
    told = ", ".join(f"{label.name} {label.pictures:,}" for label in labels[:10])
    return f" ({told})" if told else ""
