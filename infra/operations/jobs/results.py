"""A job's result files: every item with what became of it, written once all of them have an outcome."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from infra.elasticsearch.exports.snapshots import read_exported
from infra.elasticsearch.result_documents import result_document
from infra.operations.answers import Promotions, find_answer, view_of
from infra.operations.export.formats import writer_of
from infra.operations.jobs.outcomes import OutcomeStore, key_of
from schemas.queries import ImageRecord, ImageStatus, ImageView, ResultSummary
from schemas.records.exports import FILE_ENDINGS, ExportedImage, ExportEnd, ExportFormat
from schemas.records.jobs import ItemState, Job, JobItem, JobResult

AT_ONCE = 100


class ItemReader(Protocol):
    """Where items are kept."""

    async def read_items(self, job_id: UUID, first: int, last: int) -> list[JobItem]: ...


class FileStore(Protocol):
    """Where result files are kept."""

    async def write(self, owner: str, job_id: UUID, name: str, content: bytes | Path) -> None: ...


def file_of(wanted: ExportFormat) -> str:
    """Return the name of a job's result file."""
    return f"results-{wanted.value}.{FILE_ENDINGS[wanted]}"


class JobResults:
    """Writes result files. One line of JSON for each item comes first, of which the other formats are made.

    An image is told as ``GET /v1/images/{image_id}`` tells it at that time; of answers that were given anew, that of
    the job's own pipeline. What is in memory is some items at a time; the rest lies in a temporary folder.
    """

    def __init__(self, items: ItemReader, images: OutcomeStore, pipelines: Promotions, files: FileStore) -> None:
        self._items = items
        self._images = images
        self._pipelines = pipelines
        self._files = files

    async def write(self, job: Job, items: int) -> tuple[ExportFormat, ...]:
        """Return the formats that are there then."""
        with tempfile.TemporaryDirectory(prefix="vedette-job-") as folder:
            lines = Path(folder, file_of(ExportFormat.JSON_LINES))
            await self._write_lines(job, items, lines)
            for wanted in job.formats:
                path = lines if wanted is ExportFormat.JSON_LINES else _converted(lines, wanted)
                await self._files.write(job.owner, job.id, file_of(wanted), path)
        return job.formats

    async def _write_lines(self, job: Job, items: int, path: Path) -> None:
        with path.open("wb") as file:
            async for results in self._results(job, items):
                for result in results:
                    _write_line(file, result.model_dump_json(exclude_none=True))
            _write_line(file, ExportEnd(items=items).model_dump_json())

    async def _results(self, job: Job, items: int) -> AsyncIterator[Sequence[JobResult]]:
        for first in range(1, items + 1, AT_ONCE):
            yield await self._read(job, await self._items.read_items(job.id, first, min(first + AT_ONCE - 1, items)))

    async def _read(self, job: Job, items: Sequence[JobItem]) -> list[JobResult]:
        keys = list(dict.fromkeys(key_of(job, item) for item in items if item.problem is None))
        records = {record.image_key: record for record in await self._images.find_many(keys)}
        return [await self._result(job, item, records) for item in items]

    async def _result(self, job: Job, item: JobItem, records: Mapping[str, ImageRecord]) -> JobResult:
        if item.problem is not None:
            return JobResult(number=item.number, source=item.source, state=item.state, problem=item.problem)
        record = records.get(key_of(job, item))
        reason, detail = (item.outcome.reason, item.outcome.detail) if item.outcome else (None, None)
        image = None if record is None else await self._view(job, item, record)
        return JobResult(
            number=item.number, source=item.source, state=item.state, reason=reason, problem=detail, image=image
        )

    async def _view(self, job: Job, item: JobItem, record: ImageRecord) -> ImageView | None:
        if record.status is ImageStatus.DELETED:
            return None
        if item.answers is not None and item.state is ItemState.RECOGNISED:
            return view_of(record, await self._images.read_answer(record, job.pipeline))
        if record.status is not ImageStatus.RECOGNISED:
            return view_of(record)
        return view_of(record, await find_answer(self._images, self._pipelines, record))


def _converted(lines: Path, wanted: ExportFormat) -> Path:
    """Write the same images in another format beside the lines; returns the file."""
    path = lines.with_name(file_of(wanted))
    writer = writer_of(wanted)
    with path.open("wb") as file:
        file.write(writer.head())
        for number in range(writer.passes):
            file.write(writer.turn() if number else b"")
            for image in _images_in(lines):
                file.write(writer.body([image]))
        file.write(writer.tail())
    return path


def _images_in(lines: Path) -> Iterator[ExportedImage]:
    with lines.open("rb") as file:
        for line in file:
            if not line.startswith(b'{"end"'):
                image = JobResult.model_validate_json(line).image
                if image is not None:
                    yield _exported(image)


def _exported(image: ImageView) -> ExportedImage:
    if image.result is not None:
        return read_exported(result_document(image.result).source)
    known = image.model_dump(include={"owner", "image_id", "status", "uri", "reason"})
    return ExportedImage(summary=ResultSummary.model_validate(known))


def _write_line(file: BinaryIO, line: str) -> None:
    file.write(line.encode() + b"\n")
