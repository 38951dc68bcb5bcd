"""Metrics against numbers worked out by hand."""

from dataclasses import replace

import pytest

from processors.evaluation.metrics import ClassScore, Confusion, metrics_of, worst_classes
from processors.evaluation.reports.tables import summary_table
from tests.evaluations import ROWS, evaluation, measured


def test_shares_and_means_are_over_all_pictures() -> None:
    metrics = metrics_of(ROWS)
    assert metrics.images == 5
    assert metrics.top1 == pytest.approx(2 / 5)
    assert metrics.top5 == pytest.approx(4 / 5)
    assert metrics.mean_accuracy == pytest.approx((0.9 + 0.3 + 0.1 + 0.8 + 0.2) / 5)
    assert metrics.mean_processing_time_s == pytest.approx(0.04)


def test_percentiles_are_interpolated() -> None:
    times = metrics_of(ROWS).processing_time_s
    assert times.p50 == pytest.approx(0.030)
    assert times.p90 == pytest.approx(0.040 + 0.6 * 0.060)
    assert times.p95 == pytest.approx(0.040 + 0.8 * 0.060)
    assert times.p99 == pytest.approx(0.040 + 0.96 * 0.060)


def test_precision_and_recall_are_each_labels_own() -> None:
    cat, dog, owl = metrics_of(ROWS).classes
    assert cat == ClassScore("cat", images=3, predicted=2, precision=1 / 2, recall=1 / 3)
    assert dog == ClassScore("dog", images=1, predicted=3, precision=1 / 3, recall=1.0)
    assert owl == ClassScore("owl", images=1, predicted=0, precision=None, recall=0.0)


def test_a_label_that_was_only_predicted_has_no_recall() -> None:
    fox = metrics_of([measured("cat", "fox", 0.5, 0.1)]).classes[1]
    assert (fox.label, fox.precision, fox.recall) == ("fox", 0.0, None)


def test_the_most_frequent_confusion_comes_first() -> None:
    assert metrics_of(ROWS).confusions == (Confusion("cat", "dog", 2), Confusion("owl", "cat", 1))


def test_the_worst_classes_are_those_least_often_found() -> None:
    assert [score.label for score in worst_classes(metrics_of(ROWS).classes, 5)] == ["owl", "cat"]
    assert [score.label for score in worst_classes(metrics_of(ROWS).classes, 1)] == ["owl"]


def test_of_a_model_that_tells_known_pictures_the_others_are_counted() -> None:
    told = [replace(row, known=known) for row, known in zip(ROWS, (0.0, 0.049, 0.05, 0.5, 1.0), strict=True)]
    assert metrics_of(told).not_known == 0.4
    assert metrics_of(ROWS).not_known is None
    assert "below 0.05" in str(summary_table(evaluation(rows=told)).rows)
    assert "below 0.05" not in str(summary_table(evaluation()).rows)
