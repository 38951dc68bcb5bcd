"""A prefix allows what lies beneath it, and nothing that merely looks so."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.access.prefixes import MAX_PREFIX_CHARACTERS, allows, prefix_above, validate_prefix
from schemas.texts.uris import InvalidUri, parse_uri


@pytest.mark.parametrize(
    ("prefix", "uri"),
    [
        ("s3://shop-a/", "s3://shop-a/x.jpg"),
        ("S3://shop-*/", "s3://shop-a/dir/x.jpg"),
        ("s3://shop-*/in-*/", "s3://shop-/in-2024/x.jpg"),
        ("s3://shop/a%20b/", "s3://shop/a%20b/x.jpg"),
        ("s3://shop/a%20b/", "s3://shop/%61%20b/x.jpg"),
        ("s3://shop/%2A/", "s3://shop/*/x.jpg"),
        ("gs://shop/", "gs://shop/x.jpg"),
        ("az://shop/", "az://shop/x.jpg?versionId=1"),
        ("https://img.shop.example/", "https://img.shop.example"),
        ("https://img.shop.example/", "https://IMG.SHOP.example.:443/x?sig=1"),
        ("https://Img.Shop.example:443/", "https://img.shop.example/x"),
        ("https://img.shop.example:8443/pub/", "https://img.shop.example:8443/pub/x"),
        ("https://img.shop.example/pub/", "https://img.shop.example/%70ub/x"),
        ("https://*.shop.example/", "https://img.shop.example/x"),
        ("https://cdn-*.img.shop.example:8443/", "https://cdn-7.img.shop.example:8443/x"),
        ("https://[2606:4700::1111]/", "https://[2606:4700:0::1111]/x"),
        ("http://images.internal:8080/", "http://images.internal:8080/x"),
        ("file:///srv/pictures/", "file:///srv/pictures/2024/x.jpg"),
        ("file:///srv/*/in/", "file:///srv/shop/in/x.jpg"),
    ],
)
def test_a_prefix_allows_what_lies_beneath_it(prefix: str, uri: str) -> None:
    assert allows([validate_prefix(prefix)], parse_uri(uri))


@pytest.mark.parametrize(
    ("prefix", "uri"),
    [
        ("s3://shop-*/", "s3://other/x.jpg"),
        ("s3://shop-*/", "s3://evil/shop-a/x.jpg"),
        ("s3://shop-*/", "gs://shop-a/x.jpg"),
        ("s3://shop/", "s3://shop-b/x.jpg"),
        ("s3://shop/", "s3://SHOP/x.jpg"),
        ("s3://shop/in/", "s3://shop/in"),
        ("s3://shop/in/", "s3://shop/inside/x.jpg"),
        ("s3://shop/in/", "s3://shop/IN/x.jpg"),
        ("s3://shop/*/out/", "s3://shop/a/b/out/x.jpg"),
        ("s3://shop/*/out/", "s3://shop/a%2Fb/out/x.jpg"),
        ("s3://shop/%2A/", "s3://shop/a/x.jpg"),
        ("https://img.shop.example/", "https://img.shop.example.evil/x"),
        ("https://img.shop.example/", "https://evil/img.shop.example/x"),
        ("https://img.shop.example/", "https://evil/?https://img.shop.example/"),
        ("https://img.shop.example/", "https://evil/#@img.shop.example/"),
        ("https://img.shop.example/", "https://ximg.shop.example/x"),
        ("https://img.shop.example/", "https://imgxshop.example/x"),
        ("https://img.shop.example/", "https://img.shop.example:8443/x"),
        ("https://img.shop.example/", "http://img.shop.example/x"),
        ("https://img.shop.example/pub/", "https://img.shop.example/pub"),
        ("https://img.shop.example/pub/", "https://img.shop.example/public/x"),
        ("https://img.shop.example/pub/", "https://img.shop.example//pub/x"),
        ("https://img.shop.example/pub/", "https://img.shop.example/pub%2Fx"),
        ("https://img.shop.example/*/pub/", "https://img.shop.example/a%2Fb/pub/x"),
        ("https://*.shop.example/", "https://a.b.shop.example/x"),
        ("https://*.shop.example/", "https://evil.example/.shop.example/x"),
        ("file:///srv/pictures/", "file:///srv/pictures-b/x.jpg"),
        ("file:///srv/pictures/", "file:///srv/pictures"),
        ("file:///srv/*/in/", "file:///srv/a/b/in/x.jpg"),
    ],
)
def test_a_prefix_allows_nothing_beside_it(prefix: str, uri: str) -> None:
    assert not allows([validate_prefix(prefix)], parse_uri(uri))


@pytest.mark.parametrize(
    "prefix",
    [
        "", "*", "s3:", "s3://", "s3:///", "s3://*/", "s3://*.*/", "s3://shop", "s3://shop/in", "s3://shop/*",
        "s3://shop//", "s3://shop/a//b/", "s3://shop/../", "s3://shop/?x=1/", "s3://**/", "s3://shop/**/",
        "s3://shop/*a*b*c*d*e/", "s3://s hop/", "s3://user@shop/", "*://shop/", "ftp://img.example/",
        "https://*/", "https://*.example/", "https://img.*/", "https://img.*.example/", "https://img.example:*/",
        "https://img.example", "https://img.example@evil/", "https://[*::1]/", "https:///", "https://img.example\\/",
        "file:///", "file:///*/", "file://server/share/", "file:///srv/%2e%2e/", "s3://shop/" + "a" * 1024 + "/",
    ],
)  # fmt: skip
def test_an_incomplete_or_too_wide_prefix_is_refused_and_allows_nothing(prefix: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|may|must|has|holds|lacks) "):
        validate_prefix(prefix)
    assert not allows([prefix], parse_uri("s3://shop/a/b.jpg"))


def test_any_one_of_several_prefixes_is_enough_and_none_allows_nothing() -> None:
    source = parse_uri("s3://shop/a.jpg")
    assert allows(["not a prefix", "s3://other/", "s3://shop/"], source)
    assert not allows([], source)


segments = st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=6)
starts = st.sampled_from(
    ["s3://shop", "az://$root", "https://img.shop.example", "https://[2606:4700::1]:8443", "file://"]
)


@given(starts, segments)
def test_the_prefix_that_is_proposed_allows_the_place(start: str, path: list[bytes]) -> None:
    try:
        source = parse_uri(f"{start}/" + "/".join(quote_from_bytes(segment, safe="") for segment in path))
    except InvalidUri:
        return
    prefix = prefix_above(source)
    if prefix is None:
        assert start == "file://"
        assert len(path) == 1 or len(quote_from_bytes(path[0])) > MAX_PREFIX_CHARACTERS - 10
        return
    assert allows([validate_prefix(prefix)], source)
    assert "*" not in prefix


def test_a_proposed_prefix_is_the_folder_as_people_write_it() -> None:
    assert prefix_above(parse_uri("s3://shop/a%20b/1.jpg")) == "s3://shop/a%20b/"
    assert prefix_above(parse_uri("https://img.shop.example/1.jpg?sig=secret")) == "https://img.shop.example/"
    assert prefix_above(parse_uri("file:///1.jpg")) is None
