"""Whether this machine has the models of the promoted pipeline, and can read every image format."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from infra.cassandra.pipelines import PipelineStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.worker_reports import WorkerReportStore
from infra.errors import ConfigurationError
from infra.operations.doctor.examination import Area
from infra.operations.doctor.findings import Finding, Severity, Telling, listed
from infra.settings.settings import Settings
from processors.imaging.decoding.heif import can_read_heif
from processors.imaging.decoding.jpeg_xl import can_read_jxl
from processors.models.computed import COMPUTED
from processors.models.default.shipped import PREPARE, fetched_models, is_fetched, shipped_models
from processors.models.repository.repositories import open_added
from processors.models.repository.repository import UnknownModel
from processors.models.tasks import text_reader
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec, split_id
from schemas.records.worker_reports import WorkerReport
from schemas.results import VersionedName

FORMATS = {"heic": "HEIC and HEIF", "jxl": "JPEG XL"}


@dataclass(frozen=True)
class ModelFacts:
    """What of the promoted pipeline this machine lacks: how to get each model that is missing, and what is damaged."""

    pipeline: PipelineSpec
    missing: Mapping[VersionedName, str] = field(default_factory=dict)
    damaged: Mapping[VersionedName, str] = field(default_factory=dict)
    extras_lacking: frozenset[str] = frozenset()
    reports: tuple[WorkerReport, ...] = ()
    """What the workers that run now, here and elsewhere, say of themselves."""


def models_area(settings: Settings) -> Area:
    """Return the area of the models."""

    async def look() -> Iterable[Telling]:
        pipeline, reports = await _promoted_and_reports(settings)
        facts = await asyncio.to_thread(gather_models, settings, pipeline)
        return model_findings(replace(facts, reports=reports))

    return Area("models", look, "Look with `vedette models list`, once Cassandra tells the promoted pipeline.")


def model_findings(facts: ModelFacts) -> Iterator[Finding]:
    """Tell what a worker on this machine would not answer."""
    yield from missing(facts)
    yield from damaged(facts)
    yield from formats(facts)
    yield from workers(facts)


def missing(facts: ModelFacts) -> Iterator[Finding]:
    """Tell which features have no model here."""
    for remedy in sorted(set(facts.missing.values())):
        models = [model for model, how in facts.missing.items() if how == remedy]
        yield Finding(
            check="models.missing",
            severity=Severity.WARNING,
            subject=f"models {listed(models)}",
            problem=f"Pipeline {facts.pipeline.id} is promoted, and this machine lacks models of it.",
            risk=f"Workers here answer {listed(_features(facts.pipeline, models), most=8)} with not_installed.",
            remedy=f"{remedy}, then restart the workers.",
        )


def damaged(facts: ModelFacts) -> Iterator[Finding]:
    """Tell which models a worker would refuse to load."""
    for model, why in sorted(facts.damaged.items()):
        yield Finding(
            check="models.damaged",
            severity=Severity.ERROR,
            subject=f"model {model}",
            problem=f"{why[0].upper()}{why[1:]}.",
            risk=f"A worker that starts here cannot load pipeline {facts.pipeline.id}.",
            remedy="Put back what was added, or add it as the next version with `vedette models add`.",
        )


def formats(facts: ModelFacts) -> Iterator[Finding]:
    """Tell which image formats workers here reject."""
    if facts.extras_lacking:
        extras = ",".join(sorted(facts.extras_lacking))
        named = listed(FORMATS[extra] for extra in facts.extras_lacking)
        yield Finding(
            check="models.extras",
            severity=Severity.ADVICE,
            subject=f"extras {extras}",
            problem=f"Images in {named} cannot be read here.",
            risk="Workers here reject them.",
            remedy=f"Run `pip install 'vedette[{extras}]'`, then restart the workers.",
        )


def workers(facts: ModelFacts) -> Iterator[Finding]:
    """Tell which running workers lack models of the promoted pipeline, on whatever machine, and which are of old."""
    needed = set(facts.pipeline.models.values())
    lacking = [report for report in facts.reports if needed & set(report.lacking)]
    if lacking:
        models = {model for report in lacking for model in report.lacking if model in needed}
        yield Finding(
            check="models.workers",
            severity=Severity.WARNING,
            subject=f"workers {listed(report.worker for report in lacking)}",
            problem=f"These running workers lack {listed(models, most=8)} of pipeline {facts.pipeline.id}.",
            risk=f"They answer {listed(_features(facts.pipeline, models), most=8)} with not_installed.",
            remedy=f"Run `{PREPARE}` where they run (`pip install 'vedette[ocr]'` for text), and restart them.",
        )
    if others := sorted({report.version for report in facts.reports} - {version("vedette")}):
        yield Finding(
            check="models.releases",
            severity=Severity.WARNING,
            subject=f"workers of Vedette {listed(others)}",
            problem=f"Workers run another release than the one here, {version('vedette')}.",
            risk="Images are answered by different code, whichever worker takes them.",
            remedy="Install one release everywhere, and restart the workers that run the other.",
        )


def gather_models(settings: Settings, pipeline: PipelineSpec) -> ModelFacts:
    """Return what is there; builds and fetches nothing. Blocks."""
    lacking: dict[VersionedName, str] = {}
    altered: dict[VersionedName, str] = {}
    for model in dict.fromkeys(pipeline.models.values()):
        try:
            if (remedy := _how_to_get(settings, model)) is not None:
                lacking[model] = remedy
        except ConfigurationError as error:
            altered[model] = str(error)
    readable = {"heic": can_read_heif(), "jxl": can_read_jxl()}
    return ModelFacts(pipeline, lacking, altered, frozenset(extra for extra, there in readable.items() if not there))


def _how_to_get(settings: Settings, model: VersionedName) -> str | None:
    """Return how to get a model that is missing, None for one that is there or is built at its first use."""
    if model == text_reader.NAME:
        return None if text_reader.is_installed() else "Run `pip install 'vedette[ocr]'`"
    if model in COMPUTED:
        return None
    if model in fetched_models():
        return None if is_fetched(settings.cache, model) else f"Run `{PREPARE}`"
    if model in shipped_models():
        return None
    try:
        open_added(settings).read_card(*split_id(model))
    except UnknownModel:
        return "Put the models into VEDETTE_MODELS__REPOSITORY, or add them with `vedette models add`"
    return None


def _features(pipeline: PipelineSpec, models: Iterable[VersionedName]) -> list[str]:
    wanted = set(models)
    return [Feature(feature).value for feature, model in pipeline.models.items() if model in wanted]


async def _promoted_and_reports(settings: Settings) -> tuple[PipelineSpec, tuple[WorkerReport, ...]]:
    session = await CassandraSession.connect(settings.cassandra)
    try:
        store = PipelineStore(session)
        name = await store.find_promoted()
        found = await store.find(name)
        reports = await WorkerReportStore(session).list_reports()
    finally:
        await session.close()
    if found is None:
        raise ConfigurationError(f"pipeline {name} is promoted, and there is none of that name")
    return found, reports
