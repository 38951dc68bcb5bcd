"""``python -m tests.format_table`` writes the documentation's table of formats, from what really becomes of each."""

from infra.errors import Rejected
from processors.imaging.decoding.decode import decode
from processors.imaging.views import Within
from tests.format_samples import READ, REFUSED, Sample
from tests.places import ROOT

PAGE = ROOT / "docs" / "reference" / "image-formats.md"
VIEWS = [Within(4096)]
MAX_PIXELS = 64_000_000
HEAD = """# Image formats

What becomes of each kind of file, told by its contents and never by its name. A unit test decodes a file of every row.
[Images](../explanation/imaging.md) says how each is decoded, and what the limits are.

| file | what becomes of it |
| --- | --- |
"""


def page() -> str:
    """Return the whole page, in Markdown."""
    rows = [f"| {name} | read; `format` is `{_format(sample)}` |" for name, sample in READ.items()]
    rows += [f"| {name} | {_refusal(sample)} |" for name, sample in REFUSED.items()]
    return HEAD + "\n".join(rows) + "\n"


def _format(sample: Sample) -> str:
    return decode(sample(), VIEWS, MAX_PIXELS).format


def _refusal(sample: Sample) -> str:
    """Return the reason and the beginning of the detail, which goes on with what is read."""
    try:
        return f"read; `format` is `{_format(sample)}`"
    except Rejected as refused:
        return f"`{refused.reason.value}`: {refused.detail.partition(';')[0]}"


if __name__ == "__main__":
    PAGE.write_text(page())
