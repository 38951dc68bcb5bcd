"""Memory at the end is compared with memory once everything had settled."""

import pytest
from rich.console import Console

from processors.bench.measures.soak import Sample, report_of, soak_table

SAMPLES = [
    Sample(0.0, 100, {"recognise": 150.0, "kafka": 200.0}),
    Sample(0.5, 2100, {"recognise": 300.0, "kafka": 250.0}),
    Sample(1.0, 2500, {"recognise": 302.0, "kafka": 250.0}),
    Sample(1.5, 3000, {"recognise": 301.0, "kafka": 260.0}),
    Sample(5.0, 9000, {"recognise": 340.0, "kafka": 500.0}),
    Sample(9.0, 18500, {"recognise": 310.0, "kafka": 249.0}),
    Sample(9.5, 20000, {"recognise": 310.2, "kafka": 251.0}),
]


def test_growth_is_from_the_settled_memory_to_the_last() -> None:
    report = report_of(SAMPLES, 20000)

    assert report.growth == {"recognise": 0.03, "kafka": 0.0}
    assert (report.memory["recognise"].settled_mib, report.memory["recognise"].peak_mib) == (301.0, 340.0)


def test_the_pace_and_the_longest_pause_are_told() -> None:
    report = report_of(SAMPLES, 20000)

    assert report.images_per_s == pytest.approx(19900 / 9.5, abs=0.1)
    assert report.longest_pause_s == 4.0


def test_the_table_has_a_row_for_each_process() -> None:
    console = Console(width=120)

    with console.capture() as printed:
        console.print(soak_table(report_of(SAMPLES, 20000)))

    for word in ("recognise", "kafka", "+3.0%", "500"):
        assert word in printed.get()
