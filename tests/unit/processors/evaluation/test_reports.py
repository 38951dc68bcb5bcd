"""The four reports of one evaluation."""

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from processors.evaluation.reports.charts import latency_buckets
from processors.evaluation.reports.csv_report import csv_report
from processors.evaluation.reports.html_report import html_report
from processors.evaluation.reports.markdown_report import markdown_report
from processors.evaluation.reports.report import json_report, write_reports
from processors.evaluation.run import Unreadable
from tests.evaluations import ROWS, evaluation

VOID = {"meta", "br", "line"}
HOSTILE = Unreadable("<script>alert(1)</script>|[x](y).jpg", "corrupt_image", "cut & broken")


class Page(HTMLParser):
    """Tags as they open, each closed in its turn, and all attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_csv_has_a_row_a_picture_and_the_means_in_the_last() -> None:
    report = evaluation()
    rows = list(csv.DictReader(io.StringIO(csv_report(report.rows, report.metrics))))
    assert list(rows[0]) == ["Image_ID", "Processing_Time", "Accuracy", "Label", "Predicted", "Confidence"]
    assert list(rows[1].values()) == ["cat-dog.jpg", "0.020000", "0.300000", "cat", "dog", "0.600000"]
    assert len(rows) == len(ROWS) + 1
    assert list(rows[-1].values()) == ["Mean", "0.040000", "0.460000", "", "", ""]


def test_no_cell_of_the_csv_is_a_formula() -> None:
    report = evaluation()
    hostile = replace(report.rows[0], image_id="=HYPERLINK(1).jpg", label="@cat", predicted="-dog")
    (row, *_) = csv.DictReader(io.StringIO(csv_report([hostile], report.metrics)))
    assert (row["Image_ID"], row["Label"], row["Predicted"]) == ("'=HYPERLINK(1).jpg", "'@cat", "'-dog")


def test_the_json_holds_the_main_figures_at_its_top_level() -> None:
    report = json.loads(json_report(evaluation(unreadable=(HOSTILE,)), ignored_unknown=4))
    main = {key: report[key] for key in ("top1", "top5", "mean_processing_time_s", "mean_accuracy", "images")}
    assert main == pytest.approx(
        {"top1": 0.4, "top5": 0.8, "mean_processing_time_s": 0.04, "mean_accuracy": 0.46, "images": 5}
    )
    assert set(report) - set(main) == {
        "processing_time_s", "calibration", "uncalibrated", "classes", "confusions", "unreadable", "ignored_unknown",
        "pipeline", "model", "source", "evaluated_at", "not_known",
    }  # fmt: skip
    assert set(report["processing_time_s"]) == {"p50", "p90", "p95", "p99"}
    assert report["classes"][2] == {"label": "owl", "images": 1, "predicted": 0, "precision": None, "recall": 0.0}
    assert report["confusions"][0] == {"label": "cat", "predicted": "dog", "images": 2}
    assert len(report["calibration"]["bins"]) == 15
    assert report["unreadable"][0]["reason"] == "corrupt_image"
    assert (report["pipeline"], report["model"], report["ignored_unknown"]) == ("standard@1", "lite0@1", 4)


def test_the_page_is_whole_and_fetches_nothing() -> None:
    text = html_report(evaluation())
    page = Page(text)
    assert page.open == []
    assert page.tags.count("svg") == 2
    assert "://" not in text
    assert not {"src", "href", "srcset", "data"} & {name for name, _ in page.attributes}
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "@import" not in text
    assert "url(" not in text


def test_names_from_outside_are_escaped() -> None:
    report = evaluation(unreadable=(HOSTILE,), source="<b>here</b>")
    assert not {"script", "b"} & set(Page(html_report(report)).tags)
    markdown = markdown_report(report)
    assert r"\<script\>alert(1)\</script\>\|\[x\](y).jpg" in markdown
    assert "<" not in markdown.replace(r"\<", "")


def test_names_from_outside_neither_break_a_line_nor_turn_the_text_around() -> None:
    report = evaluation(unreadable=(Unreadable("a\n| forged | row |\u202egpj", "corrupt_image", "\x1b[2J"),))
    for text in (markdown_report(report), html_report(report)):
        assert "u000a" in text
        assert "u202egpj" in text
        assert not {"\u202e", "\x1b"} & set(text)


def test_people_read_the_same_sections_in_markdown_and_in_the_page() -> None:
    report = evaluation(unreadable=(HOSTILE,))
    markdown, page = markdown_report(report), html_report(report)
    for title in ("Summary", "Reliability", "Latency", "Worst confusions", "Worst classes", "Unreadable pictures"):
        assert f"## {title}\n" in markdown
        assert f"<h2>{title}</h2>" in page
    assert "| top-1 | 40.0% |" in markdown
    assert "| cat | dog | 2 |" in markdown


def test_a_section_with_nothing_in_it_is_left_out() -> None:
    assert "Unreadable pictures" not in markdown_report(evaluation())


def test_every_picture_falls_into_a_bucket_of_the_histogram() -> None:
    seconds = [0.010] * 200 + [5.0]
    buckets = latency_buckets(seconds)
    assert sum(bucket.images for bucket in buckets) == 201
    assert (buckets[0].start_s, buckets[-1].end_s) == (0, pytest.approx(0.010))
    assert sum(bucket.images for bucket in latency_buckets([0.02])) == 1


def test_all_four_files_are_written_and_older_ones_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "evaluation"
    write_reports(evaluation(source="older"), folder)
    write_reports(evaluation(source="newer"), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["report.csv", "report.html", "report.json", "report.md"]
    assert "older" not in (folder / "report.md").read_text() + (folder / "report.html").read_text()


def test_a_folder_that_cannot_be_written_to_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(ConfigurationError, match="name another folder with --output"):
        write_reports(evaluation(), tmp_path / "taken" / "deeper")


def test_a_temperature_is_shown_by_reliability_with_and_without_it() -> None:
    rows = [replace(row, uncalibrated=row.confidence / 2) for row in ROWS]
    calibrated, plain = evaluation(rows=rows), evaluation()
    for made, count in ((calibrated, 2), (plain, 1)):
        assert markdown_report(made).count("## Reliability") == count
        assert html_report(made).count("<h2>Reliability") == count
        assert ("without the card's temperature" in markdown_report(made)) == (count == 2)
    report = json.loads(json_report(calibrated, ignored_unknown=4))
    assert report["uncalibrated"]["ece"] != report["calibration"]["ece"]
