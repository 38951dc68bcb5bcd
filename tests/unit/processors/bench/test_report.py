"""Rounds come to medians, single images to percentiles, and both to tables."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from processors.bench.chart import throughput_chart
from processors.bench.commands import require_writable, write_report
from processors.bench.measures.latency import Latency
from processors.bench.measures.process_usage import Usage
from processors.bench.measures.result_flow import BenchFailed
from processors.bench.report import PeerFigures, Report, Round, WarmUp, percentiles_ms, summarise, tables_of

SVG = "{http://www.w3.org/2000/svg}"


def round_of(plain: float, recogniser: float, pipeline: float, *, cpu_s: float = 2.0, rss_mib: float = 100.0) -> Round:
    usage = Usage(cpu_s={"recognise": cpu_s, "kafka": 0.2}, peak_rss_mib={"recognise": rss_mib, "kafka": 300.0})
    return Round(
        images=100,
        plain_loops=(plain,) * 4,
        plain_loop_cpu_ms_per_image=1000 / plain,
        recogniser_images_per_s=recogniser,
        pipeline_images_per_s=pipeline,
        usage=usage,
        peers={"faststream": plain * 0.6, "quixstreams": plain / 2},
    )


ROUNDS = [
    round_of(100.0, 90.0, 70.0, cpu_s=2.0, rss_mib=410.6),
    round_of(50.0, 40.0, 40.0, cpu_s=2.4, rss_mib=500.2),
    round_of(80.0, 76.0, 60.0, cpu_s=5.0, rss_mib=450.0),
]
WARM_UP = WarmUp(images=400, images_per_s=(50.0, 59.0, 60.0), steady=True)
LATENCIES = [Latency(number / 1000, number / 100) for number in range(1, 102)]


@pytest.fixture
def report() -> Report:
    return summarise(ROUNDS, LATENCIES, WARM_UP)


def test_throughput_is_the_median_and_a_ratio_is_the_median_of_the_rounds_own(report: Report) -> None:
    assert (report.plain_loop_images_per_s, report.recogniser_images_per_s, report.pipeline_images_per_s) == (
        80,
        76,
        60,
    )
    assert report.recogniser_ratio == 0.9
    assert report.pipeline_ratio == 0.75
    assert (report.rounds, report.images_per_round) == (3, 100)


def test_a_ratio_is_to_the_plain_loops_right_before_and_after() -> None:
    wavering = replace(round_of(60.0, 45.0, 30.0), plain_loops=(60.0, 30.0, 60.0, 20.0))
    assert wavering.recogniser_ratio == pytest.approx(45 / 40)
    assert wavering.pipeline_ratio == pytest.approx(30 / 40)
    assert wavering.peer_ratio("faststream") == pytest.approx(36 / 30)
    assert wavering.plain_loop_images_per_s == pytest.approx(240 / 7)


def test_peers_are_told_with_their_ratio_to_the_plain_loop(report: Report) -> None:
    assert report.peers == {"faststream": PeerFigures(48.0, 0.6), "quixstreams": PeerFigures(40.0, 0.5)}


def test_a_warm_up_that_never_became_steady_is_said_to_have_not() -> None:
    unsteady = summarise(ROUNDS, LATENCIES, WarmUp(images=600, images_per_s=(50.0, 90.0), steady=False))
    assert "not steady yet" in str(tables_of(ROUNDS, unsteady)[0].title)


def test_processor_time_is_the_median_an_image_in_milliseconds(report: Report) -> None:
    assert report.cpu_ms_per_image == {"recognise": 24.0, "kafka": 2.0}
    assert report.plain_loop_cpu_ms_per_image == 12.5


def test_memory_is_the_peak_of_all_rounds(report: Report) -> None:
    assert report.peak_rss_mib == {"recognise": 500, "kafka": 300}


def test_latency_is_told_in_percentiles_of_both_ways(report: Report) -> None:
    assert report.latency_ms["readable"] == {"p50": 51.0, "p95": 96.0, "p99": 100.0}
    assert report.latency_ms["searchable"] == {"p50": 510.0, "p95": 960.0, "p99": 1000.0}


def test_percentiles_lie_between_the_smallest_and_the_largest_value() -> None:
    assert percentiles_ms([0.1, 0.2]) == {"p50": 150.0, "p95": 195.0, "p99": 199.0}


def test_the_tables_hold_every_round_every_process_and_both_latencies(report: Report) -> None:
    console = Console(width=120)
    with console.capture() as printed:
        for table in tables_of(ROUNDS, report):
            console.print(table)

    text = printed.get()
    for word in (
        "100.0",
        "50.0",
        "80.0",
        "recognise ",
        "24.00",
        "500",
        "26.00",
        "12.50",
        "readable",
        "searchable",
        "faststream",
        "until steady",
    ):
        assert word in text


def test_the_chart_has_a_bar_as_long_as_each_figure_and_says_the_figure(report: Report) -> None:
    chart = ElementTree.fromstring(throughput_chart(report))  # noqa: S314 - our own document
    _background, *bars = chart.findall(f"{SVG}rect")
    widths = [float(bar.attrib["width"]) for bar in bars]
    words = [text.text for text in chart.findall(f"{SVG}text")]

    assert [round(width / widths[0], 2) for width in widths] == [1.0, 0.95, 0.75, 0.6, 0.5]
    assert {"plain loop", "quixstreams", "pipeline", "80.0 (100%)", "76.0 (90%)", "60.0 (75%)"} <= set(words)


def test_every_bar_and_its_figure_stay_on_the_chart() -> None:
    fast = summarise([round_of(9999.9, 10999.9, 12999.9)], LATENCIES, WARM_UP)
    chart = ElementTree.fromstring(throughput_chart(fast))  # noqa: S314 - our own document
    width = float(chart.attrib["width"])

    for bar in chart.findall(f"{SVG}rect"):
        assert float(bar.attrib.get("x", 0)) + float(bar.attrib["width"]) <= width
    assert all(float(text.attrib["x"]) <= width - 140 for text in chart.findall(f"{SVG}text"))


def test_the_figures_are_written_as_json_with_the_chart_beside_them(tmp_path: Path, report: Report) -> None:
    write_report(report, throughput_chart(report), tmp_path / "bench.json")

    assert json.loads((tmp_path / "bench.json").read_text()) == json.loads(json.dumps(asdict(report)))
    assert (tmp_path / "bench.svg").read_text() == throughput_chart(report)


@pytest.mark.parametrize(("name", "problem"), [("bench.svg", "chart"), ("absent/bench.json", "no folder")])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, name: str, problem: str
) -> None:
    with pytest.raises(BenchFailed, match=problem):
        require_writable(tmp_path / name)
