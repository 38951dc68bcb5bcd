"""Text of others is shown without its secrets, however it is written, and otherwise as it is."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.texts.masking import MASK, is_secret_name, mask_secrets
from schemas.texts.uris import strip_secrets

CANARY = "c4n4rY"

ADDRESSES = st.sampled_from(
    [
        f"s3://shop/a.jpg?X-Amz-Credential=x&X-Amz-Signature={CANARY}",
        f"https://img.example/a.jpg?{CANARY}",
        f"https://acc.blob.core.windows.net/c/a.jpg?sv=2024&se=2030-01-01T00%3A00%3A00Z&sig={CANARY}%3D",
        f"gs://shop/a.jpg?X-Goog-Signature={CANARY}#fragment",
        f"file:///a/b.jpg#{CANARY}",
        f"HTTPS://user:{CANARY}@img.example:8443/a.jpg",
        f"https://{CANARY}@[::1]/a@2x.jpg",
        f"https://user:pass%2F{CANARY}@img.example/a.jpg?x=1",
        f"https://user:pass/{CANARY}@img.example/a.jpg",
        f"https://proxy.example/https://user:{CANARY}@img.example/a.jpg",
        f"https://proxy.example/fetch?url=https%3A%2F%2Fimg.example%2Fa.jpg%3Fsig%3D{CANARY}",
    ]
)


def _escaped(text: str) -> str:
    """Return what some JSON writers make of text: every character that is no letter or digit as an escape."""
    return "".join(character if character.isalnum() else f"\\u{ord(character):04X}" for character in text)


WRITTEN: dict[str, Callable[[str], str]] = {
    "plainly": lambda address: address,
    "percent-encoded": lambda address: quote(address, safe=""),
    "percent-encoded but for slashes": quote,
    "percent-encoded twice": lambda address: quote(quote(address, safe=""), safe=""),
    "behind a proxy's": lambda address: f"https://proxy.example/{quote(address, safe='')}",
}
PLACED: dict[str, Callable[[str], str]] = {
    "alone": lambda text: text,
    "in a sentence": lambda text: f"could not read {text}, gave up",
    "as a value": lambda text: json.dumps({"owner": "shop", "uri": text, "n": 1}),
    "under another name": lambda text: json.dumps({"URI": text}),
    "as a name": lambda text: json.dumps({"metadata": {text: []}}),
    "in a list": lambda text: json.dumps([[1, [text]], None]),
    "nested deep": lambda text: "[" * 2000 + json.dumps(text),
    "with slashes escaped": lambda text: json.dumps({"uri": text}).replace("/", "\\/"),
    "with everything escaped": lambda text: f'{{"uri": "{_escaped(text)}"}}',
    "with what is no address behind": lambda text: json.dumps({"uri": f"{text}\" <'\n {CANARY}"}),
    "as JSON within JSON": lambda text: json.dumps({"a": json.dumps({"b": json.dumps([text])})}),
    "with escapes within JSON within JSON": lambda text: json.dumps(json.dumps({"uri": text}).replace("/", "\\/")),
    "in a form": lambda text: f"owner=shop&url={text}",
    "in a log line": lambda text: f'127.0.0.1 - "GET {text} HTTP/1.1" 403',
}
WAYS = st.sampled_from(sorted(WRITTEN))
PLACES = st.sampled_from(sorted(PLACED))


@given(ADDRESSES, WAYS, PLACES, st.integers(0, 400))
def test_no_secret_of_an_address_is_shown_wherever_it_stands(address: str, way: str, place: str, cut: int) -> None:
    if place == "with what is no address behind" and (("?" not in address and "#" not in address) or way != "plainly"):
        return
    message = PLACED[place](WRITTEN[way](address))
    # Before its @ nothing tells a user's name that is cut off from a host's.
    cut = 0 if f"//{CANARY}@" in address else cut
    for text in (message, message[:-cut] if cut else message):
        assert CANARY not in mask_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization=Basic {CANARY}",
        f"X-Amz-Signature={CANARY}",
        f"/shop/a.jpg?X-Amz-Expires=60&X-Amz-Signature={CANARY}",
        f"mazonaws.com/a.jpg?sig={CANARY}",
        f"s3://shop/a.jpg%3FX-Amz-Signature%3D{CANARY}",
        f'{{"password": "two {CANARY} words"}}',
        json.dumps(json.dumps({"access_token": CANARY})),
        f"user:{CANARY}@img.example/a.jpg",
        f"AWSSecretKey: {CANARY}",
        f"Cookie: session={CANARY}",
    ],
)
def test_what_goes_by_the_name_of_a_secret_is_masked(text: str) -> None:
    assert CANARY not in mask_secrets(text)


@pytest.mark.parametrize("name", ["Authorization", "x-amz-security-token", "cookie", " Set-Cookie ", "apikey", "sig"])
def test_headers_that_are_secrets_are_known_by_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "s3://photos/a%3Fb%23c.jpg",
        "https://img.example:8443/a@2x.png",
        "file:///a/user@host/b.jpg",
        '{"metadata": {"q": "who is it? me", "n": 1.5, "mail": "anna@shop.example"}}',
        "image-references:0:5 at 10:30 @home",
        "\\u00e9 \\ud800 \x1b[31m %zz %",
        "correlation-id",
    ],
)
def test_what_is_no_secret_is_shown_as_it_is(text: str) -> None:
    assert mask_secrets(text) == text
    assert not is_secret_name(text)


@given(st.text())
def test_no_text_makes_it_fail_and_masking_again_changes_nothing(text: str) -> None:
    assert mask_secrets(mask_secrets(text)) == mask_secrets(text)


@given(st.text(alphabet="abc/:?#@.1", max_size=30))
def test_it_shows_no_more_of_an_address_than_the_stores_keep(rest: str) -> None:
    shown = mask_secrets(f"s3://{rest}").replace(MASK, "")
    assert len(shown) <= len(strip_secrets(f"s3://{rest}"))


@pytest.mark.parametrize(
    "piece", ["://", '"', "\\", "a:b@", "%25", "?a=", "://a:", "\\u0025", "token ", 'sig"', ":/", " "]
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """A pattern that looks again at what it has seen would not end here within the test's time."""
    text = piece * (1_000_000 // len(piece))
    assert len(mask_secrets(text)) <= len(text) * 4
