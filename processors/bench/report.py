"""What the rounds of a benchmark come to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import harmonic_mean, median, quantiles

from rich.table import Table

from processors.bench.measures.latency import Latency
from processors.bench.measures.process_usage import Usage

MS_PER_S = 1000


@dataclass(frozen=True)
class WarmUp:
    """The runs before anything was measured: how many images, how fast each run, whether the last two were alike."""

    images: int
    images_per_s: tuple[float, ...]
    steady: bool


@dataclass(frozen=True)
class PeerFigures:
    """How fast one peer went from topic to topic, and its ratio to the plain loop."""

    images_per_s: float
    ratio: float


@dataclass(frozen=True)
class Round:
    """The recogniser alone, the whole pipeline and the peers, plain loops between them, in images a second.

    A shared machine's speed wavers within a minute: each ratio is to the two ``plain_loops`` right before and after
    what it is about, those around the recogniser, around the pipeline, and around the peers. ``usage`` is that of the
    pipeline's run, which recognised ``images``.
    """

    images: int
    plain_loops: tuple[float, ...]
    plain_loop_cpu_ms_per_image: float
    recogniser_images_per_s: float
    pipeline_images_per_s: float
    usage: Usage
    peers: Mapping[str, float] = field(default_factory=dict)

    @property
    def plain_loop_images_per_s(self) -> float:
        """Of all its plain loops, each as long as the others."""
        return harmonic_mean(self.plain_loops)

    @property
    def recogniser_ratio(self) -> float:
        return self.recogniser_images_per_s / harmonic_mean(self.plain_loops[0:2])

    @property
    def pipeline_ratio(self) -> float:
        return self.pipeline_images_per_s / harmonic_mean(self.plain_loops[1:3])

    def peer_ratio(self, name: str) -> float:
        return self.peers[name] / harmonic_mean(self.plain_loops[2:])

    @property
    def cpu_ms_per_image(self) -> dict[str, float]:
        return {name: cpu_s * MS_PER_S / self.images for name, cpu_s in self.usage.cpu_s.items()}


@dataclass(frozen=True)
class Report:
    """Medians over all rounds, peaks excepted; a ratio is the median of the rounds' own ratios to the plain loop.

    What ``cpu_ms_per_image`` adds up to beyond the plain loop's is the price of everything but decoding and inference.

    ``latency_ms`` is by ``readable`` and ``searchable``, then by ``p50``, ``p95`` and ``p99``.
    """

    images_per_round: int
    rounds: int
    plain_loop_images_per_s: float
    recogniser_images_per_s: float
    recogniser_ratio: float
    pipeline_images_per_s: float
    pipeline_ratio: float
    peers: dict[str, PeerFigures]
    plain_loop_cpu_ms_per_image: float
    cpu_ms_per_image: dict[str, float]
    peak_rss_mib: dict[str, int]
    latency_ms: dict[str, dict[str, float]]
    warm_up: WarmUp
    measured_at: str


def summarise(measured: list[Round], latencies: list[Latency], warm_up: WarmUp) -> Report:
    """Return the medians of the rounds and the percentiles of the single images, of which there must be two."""
    return Report(
        images_per_round=measured[0].images,
        rounds=len(measured),
        plain_loop_images_per_s=round(median(each.plain_loop_images_per_s for each in measured), 1),
        recogniser_images_per_s=round(median(each.recogniser_images_per_s for each in measured), 1),
        recogniser_ratio=round(median(each.recogniser_ratio for each in measured), 3),
        pipeline_images_per_s=round(median(each.pipeline_images_per_s for each in measured), 1),
        pipeline_ratio=round(median(each.pipeline_ratio for each in measured), 3),
        peers={name: _peer(measured, name) for name in measured[0].peers},
        plain_loop_cpu_ms_per_image=round(median(each.plain_loop_cpu_ms_per_image for each in measured), 2),
        cpu_ms_per_image=_median_cpu(measured),
        peak_rss_mib=_peaks(measured),
        latency_ms={
            "readable": percentiles_ms(each.readable_s for each in latencies),
            "searchable": percentiles_ms(each.searchable_s for each in latencies),
        },
        warm_up=warm_up,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def percentiles_ms(seconds: Iterable[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds, interpolated between the two nearest of at least two values."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {f"p{percent}": round(cuts[percent - 1] * MS_PER_S, 1) for percent in (50, 95, 99)}


def _peer(measured: list[Round], name: str) -> PeerFigures:
    return PeerFigures(
        images_per_s=round(median(each.peers[name] for each in measured), 1),
        ratio=round(median(each.peer_ratio(name) for each in measured), 3),
    )


def _median_cpu(measured: list[Round]) -> dict[str, float]:
    names = measured[0].usage.cpu_s
    return {name: round(median(each.cpu_ms_per_image[name] for each in measured), 2) for name in names}


def _peaks(measured: list[Round]) -> dict[str, int]:
    names = measured[0].usage.peak_rss_mib
    return {name: round(max(each.usage.peak_rss_mib[name] for each in measured)) for name in names}


def tables_of(measured: list[Round], report: Report) -> list[Table]:
    """Return the rounds with their medians, the peers, what each process used, and how long single images took."""
    peers = [_peers(report)] if report.peers else []
    return [_throughput(measured, report), *peers, _usage(report), _latency(report)]


def _throughput(measured: list[Round], report: Report) -> Table:
    title = f"{report.images_per_round} images a round, images/s; {_warmth(report.warm_up)}"
    table = Table("round", "plain loop", "recogniser", "ratio", "pipeline", "ratio", title=title)
    for number, each in enumerate(measured, 1):
        table.add_row(str(number), *_figures(each))
    table.add_section()
    table.add_row("median", *_figures(report), style="bold")
    return table


def _warmth(warm_up: WarmUp) -> str:
    state = "until steady" if warm_up.steady else "not steady yet"
    return f"after {warm_up.images} images of warm-up, {state}"


def _peers(report: Report) -> Table:
    table = Table("", "images/s", "ratio", title="From topic to topic, median")
    ours = PeerFigures(report.recogniser_images_per_s, report.recogniser_ratio)
    for name, figures in {"recogniser alone": ours, **report.peers}.items():
        table.add_row(name, f"{figures.images_per_s:.1f}", f"{figures.ratio:.2f}")
    return table


def _figures(of: Round | Report) -> tuple[str, ...]:
    return (
        f"{of.plain_loop_images_per_s:.1f}",
        f"{of.recogniser_images_per_s:.1f}",
        f"{of.recogniser_ratio:.2f}",
        f"{of.pipeline_images_per_s:.1f}",
        f"{of.pipeline_ratio:.2f}",
    )


def _usage(report: Report) -> Table:
    table = Table("process", "CPU ms an image", "peak MiB", title="During the whole pipeline")
    for name, cpu_ms in report.cpu_ms_per_image.items():
        table.add_row(name, f"{cpu_ms:.2f}", str(report.peak_rss_mib[name]))
    table.add_section()
    table.add_row("all", f"{sum(report.cpu_ms_per_image.values()):.2f}", "", style="bold")
    table.add_row("plain loop", f"{report.plain_loop_cpu_ms_per_image:.2f}", "")
    return table


def _latency(report: Report) -> Table:
    table = Table("single image", "p50", "p95", "p99", title="Idle system, ms from publishing")
    for name, figures in report.latency_ms.items():
        table.add_row(name, *(f"{value:,.0f}" for value in figures.values()))
    return table
