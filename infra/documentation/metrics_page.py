"""``docs/reference/metrics.md``: every metric with its labels and meaning, as the code registers it."""

from collections.abc import Iterator

from prometheus_client.metrics import MetricWrapperBase

from infra.documentation.markdown import page, table
from infra.telemetry import metrics

INTRODUCTION = """# Metrics

Set `VEDETTE_METRICS__PORT` to make a worker or the API expose its metrics at `/metrics`, in Prometheus' format. Each
process also exposes the usual metrics of Python and of the process itself. `/healthz` returns 200 while the process
makes progress. `/readyz` returns 503, with the name of the system, while the process waits for one."""


def metrics_page() -> str:
    """Return the page, in the order of the metrics' names."""
    rows = [(f"`{name}`", kind, labels, meaning) for name, kind, labels, meaning in sorted(_metrics())]
    return page(INTRODUCTION, "", *table(("metric", "type", "labels", "meaning"), rows))


def _metrics() -> Iterator[tuple[str, str, str, str]]:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            [described] = metric.describe()
            name = f"{described.name}_total" if described.type == "counter" else described.name
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            yield name, described.type, labels, described.documentation
