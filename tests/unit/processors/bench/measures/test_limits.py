"""The recogniser is measured against the slower of its two halves, and a GPU's use is told only where there is one."""

from rich.console import Console

from processors.bench.measures.limits import GpuMeter, LimitsReport, LimitsRound, limits_table, summarise_limits

ROUNDS = [LimitsRound(900.0, 1200.0, 810.0), LimitsRound(1000.0, 1200.0, 950.0), LimitsRound(900.0, 800.0, 736.0)]


def printed(report: LimitsReport) -> str:
    console = Console(width=100)
    with console.capture() as output:
        console.print(limits_table(report))
    return output.get()


def test_the_slower_half_is_the_limit() -> None:
    report = summarise_limits(2000, ROUNDS, GpuMeter())
    assert [each.ratio for each in ROUNDS] == [0.9, 0.95, 0.92]
    assert report.ratio_to_limit == 0.92
    assert (report.decoding_images_per_s, report.inference_images_per_s) == (900.0, 1200.0)


def test_without_a_gpu_that_is_said_plainly() -> None:
    report = summarise_limits(2000, ROUNDS, GpuMeter())
    assert report.gpu_utilisation is None
    assert "no GPU was at hand" in printed(report)


def test_of_several_gpus_the_busiest_counts() -> None:
    meter = GpuMeter()
    for told in ("3, 512\n90, 2048\n", "80, 3000\n0, 1\n", "[N/A], [N/A]\n", ""):
        meter.note(told)
    report = summarise_limits(2000, ROUNDS, meter)
    assert (report.gpu_utilisation, report.gpu_memory_mib) == (0.85, 3000)
    assert "85%" in printed(report)
