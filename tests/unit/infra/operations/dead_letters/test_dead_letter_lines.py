"""Dead letters are listed in lines that fit a terminal, and hold nothing that commands it."""

from hypothesis import given
from hypothesis import strategies as st

from infra.operations.dead_letters.commands import describe_letter
from infra.terminal import visible_line
from schemas.dead_letters import Reason
from tests import samples

DETAIL = (
    "Workspace shop may not read this address. An administrator can allow it with: "
    "vedette admin workspace allow shop s3://b/"
)


def test_a_dead_letter_fits_eighty_columns() -> None:
    rejected = samples.rejection("shop", "uri-" + "0" * 32, reason=Reason.UNSUPPORTED_FORMAT, detail=DETAIL)
    lines = describe_letter(samples.letter(rejected), 80)
    assert max(map(len, lines)) <= 80
    assert lines[0] == rejected.origin.id
    assert " ".join(" ".join(lines).split()).endswith(DETAIL)
    assert all(word in " ".join(lines) for word in ("unsupported_format", "open", "shop/uri-0000"))


@given(st.text(max_size=300), st.integers(20, 200))
def test_whatever_a_detail_holds_each_line_is_one(detail: str, width: int) -> None:
    lines = describe_letter(samples.letter(samples.rejection("shop", detail=detail)), width)
    assert lines
    assert all(line == visible_line(line) for line in lines)
