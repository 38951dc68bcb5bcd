"""How well and how fast the text reader reads rendered pages: ``make bench-text``, with ``PAGES=50``.

Writes the pages with what is written in them into a folder, as ``vedette evaluate FOLDER --text`` wants them, and tells
the error rates, then the time of one page with about 890 words. It uses one thread.
"""

import argparse
import csv
import tempfile
import time
from pathlib import Path

from infra.progress import WorkProgress
from infra.settings.recognition import ModelSettings
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.evaluation.service import print_summary
from processors.evaluation.text.report import summary_table, write_text_reports
from processors.evaluation.text.service import evaluate_text
from processors.models.feature_model import FeatureRequest
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import TextAnswer
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec
from tests.benchmarks.text_pages import long_page, pages

READING = PipelineSpec(name="reading", version=1, models={Feature.TEXT: "ppocr@1"})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pages", type=int, default=50)
    arguments.add_argument("--folder", type=Path, help="Where pages and reports are kept.")
    given = arguments.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="vedette-pages-"))
    settings = Settings(models=ModelSettings(provider="cpu"))
    pipeline, console = build_pipeline(settings, READING), Console(highlight=False)
    if given.pages:
        write_pages(folder, given.pages)
        with WorkProgress(transient=True, console=console) as progress:
            evaluation = evaluate_text(pipeline, folder, folder / "transcripts.csv", settings, progress=progress)
        write_text_reports(evaluation, folder / "report")
        print_summary(summary_table(evaluation), console)
    tell_long_page(pipeline, console)


def write_pages(folder: Path, count: int) -> None:
    """Write the pages, and a file that tells what is written in each."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "transcripts.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "text"])
        for page in pages(count):
            (folder / page.name).write_bytes(page.data)
            rows.writerow([page.name, page.text])


def tell_long_page(pipeline: LoadedPipeline, console: Console) -> None:
    """Read a page of about 890 words twice, the first time to warm up."""
    page = long_page()
    image, request = pipeline.decode(page.data, [Feature.TEXT]), FeatureRequest([Feature.TEXT])
    pipeline.answer([image], [request])
    started, worked = time.perf_counter(), time.process_time()
    [answer] = pipeline.answer([image], [request])
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    if not isinstance(answer.text, TextAnswer):
        raise SystemExit(f"the page was not read: {answer.model_dump_json()}")
    size = len(answer.text.model_dump_json(exclude_none=True))
    console.print(
        f"{len(page.text.split())} words in {seconds:.2f} s, {processor:.2f} s of one processor; the answer has"
        f" {len(answer.text.words or ())} words and {size:,} bytes"
    )


if __name__ == "__main__":
    main()
