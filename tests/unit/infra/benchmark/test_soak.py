"""Memory at the end is compared with memory once everything had settled."""

from rich.console import Console

from infra.benchmark.soak import report_of, soak_table

SAMPLES = [
    (100, {"recognise": 150.0, "kafka": 200.0}),
    (2100, {"recognise": 300.0, "kafka": 250.0}),
    (2500, {"recognise": 302.0, "kafka": 250.0}),
    (3000, {"recognise": 301.0, "kafka": 260.0}),
    (9000, {"recognise": 340.0, "kafka": 500.0}),
    (18500, {"recognise": 310.0, "kafka": 249.0}),
    (20000, {"recognise": 310.2, "kafka": 251.0}),
]


def test_growth_is_from_the_settled_memory_to_the_last() -> None:
    report = report_of(SAMPLES, 20000)

    assert report.growth == {"recognise": 0.03, "kafka": 0.0}
    assert (report.memory["recognise"].settled_mib, report.memory["recognise"].peak_mib) == (301.0, 340.0)


def test_the_table_has_a_row_for_each_process() -> None:
    console = Console(width=120)

    with console.capture() as printed:
        console.print(soak_table(report_of(SAMPLES, 20000)))

    for word in ("recognise", "kafka", "+3.0%", "500"):
        assert word in printed.get()
