"""Workers are measured against as many times one; the wait leaves the processors idle."""

from rich.console import Console

from processors.bench.chart import scale_chart
from processors.bench.measures.scale import ScaleReport, Step, choose_wait_ms, scale_table, steps_of


def test_linearity_is_the_ratio_to_as_many_times_one_worker() -> None:
    steps = steps_of([(1, 20.0, 0.1), (2, 38.0, 0.2), (8, 144.0, 0.55)])

    assert steps == (Step(1, 20.0, 1.0, 0.1), Step(2, 38.0, 0.95, 0.2), Step(8, 144.0, 0.9, 0.55))


def test_the_wait_lets_eight_workers_leave_processors_idle() -> None:
    wait_ms = choose_wait_ms(plain_ms=8.0, processors=2)

    busy = 8 / wait_ms * 8.0 * 1.5
    assert busy < 2 * 0.61


def test_the_wait_is_never_shorter_than_recognising_an_image() -> None:
    assert choose_wait_ms(plain_ms=8.0, processors=64) == 8.0


def test_the_table_says_that_inference_was_a_wait() -> None:
    report = ScaleReport(80.0, 8.0, 2, (Step(1, 12.0, 1.0, 0.1), Step(8, 90.0, 0.94, 0.5)))
    console = Console(width=120)

    with console.capture() as printed:
        console.print(scale_table(report))

    for word in ("a wait of 80 ms", "90.0", "0.94", "50%"):
        assert word in printed.get()
    assert "8 workers" in scale_chart(report)
