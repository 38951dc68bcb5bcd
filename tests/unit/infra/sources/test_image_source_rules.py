"""A hostile reference is refused before anything is opened or connected to, with its own reason."""

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

from infra.errors import ConfigurationError, Rejected
from infra.settings.recognition import SourceSettings
from infra.sources.addresses import is_public
from infra.sources.rules import PlaceNotAllowed, SourceRules
from schemas.dead_letters import Reason
from schemas.texts.uris import parse_uri

# Wide on purpose: these prefixes must not open what the rules close.
WIDE = [
    "https://127.0.0.1/", "https://2130706433/", "https://localhost/", "https://169.254.169.254/", "https://[::1]/",
    "https://metadata.internal/", "http://10.0.0.5:8080/", "http://shop.example/", "file:///srv/", "file:///etc/",
]  # fmt: skip
SHOP = ["s3://shop-*/", "https://img.shop.example/", "https://cdn.shop.example/shop/", "file:///srv/pictures/shop/"]

ADDRESSES = [
    "https://127.0.0.1/", "https://127.0.0.1:8443/a.jpg", "https://127.0.0.1./", "https://127.1.2.3/a.jpg",
    "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://0x7f.1/", "https://0x7F.0.0.1/",
    "https://0177.0.0.1/", "https://0177.0.0.01/", "https://127.1/", "https://127.0.1/", "https://0/", "https://0.0.0.0/",
    "https://00000177.1/", "https://1.2.3.4.5/", "https://127.0.0.0x1/", "https://8.8.8.08/", "https://3232235521/",
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/", "https://2852039166/", "https://100.64.0.1/", "https://100.100.100.200/", "https://192.0.0.192/",
    "https://168.63.129.16/", "https://198.18.0.1/", "https://192.0.2.1/", "https://198.51.100.1/", "https://203.0.113.1/",
    "https://192.88.99.1/", "https://224.0.0.1/", "https://239.255.255.250/", "https://240.0.0.1/",
    "https://255.255.255.255/", "https://localhost/", "https://LOCALHOST./", "https://a.localhost/",
    "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[::ffff:8.8.8.8]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::127.0.0.1]/", "https://[64:ff9b:1::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/", "https://[2001:0:7f00:1::1]/", "https://[fe80::1]/", "https://[fc00::1]/",
    "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[ff0e::1]/", "https://[100::1]/",
    "https://[2001:db8::1]/", "https://[3fff::1]/", "https://[5f00::1]/", "https://[4000::1]/", "https://[::ffff:0:127.0.0.1]/",
]  # fmt: skip

OTHERS = [
    "s3://other/a.jpg", "s3://evil/shop-a/a.jpg", "gs://shop-a/a.jpg", "az://shop-a/a.jpg", "S3://Other/a.jpg",
    "https://img.shop.example.evil/a.jpg", "https://img.shop.example@evil/a.jpg", "https://evil/a.jpg#@img.shop.example/",
    "https://img.shop.example:8443/a.jpg", "https://evil\\@img.shop.example/a.jpg", "https://img.shop.example%2eevil/",
    "https://img-shop.example/a.jpg", "https://a.img.shop.example/a.jpg", "https://8.8.8.8/a.jpg",
    "https://cdn.shop.example/other/a.jpg", "https://cdn.shop.example/shop/../other/a.jpg",
    "https://cdn.shop.example/shop/%2e%2e/other/a.jpg", "https://cdn.shop.example/shop%2fa.jpg",
    "https://cdn.shop.example/shop/..%2fother/a.jpg", "https://cdn.shop.example/shop/..;/other/a.jpg",
    "https://cdn.shop.example//shop/a.jpg", "https://cdn.shop.example/shopper/a.jpg", "https://[2606:4700::1111]/a.jpg",
    "https://[64:ff9b::808:808]/a.jpg", "file:///srv/pictures/other/a.jpg", "file:///srv/pictures/shop/../other/a.jpg",
    "file:///srv/pictures/shop/%2e%2e/other/a.jpg", "file:///srv/pictures/shopper/a.jpg", "file:///srv/picture/a.jpg",
    "file:///etc/passwd", "file:///proc/self/environ", "file:///srv/pictures/../../etc/passwd", "file:////etc/passwd",
    "file://localhost/etc/passwd", "file:///srv/pictures/shop\\..\\..\\etc\\passwd", "file:///srv/pictures",
]  # fmt: skip


@pytest.fixture
def rules() -> SourceRules:
    return SourceRules(SourceSettings(file_roots=[Path("/srv/pictures")]))


def refused(rules: SourceRules, uri: str, prefixes: list[str]) -> Reason:
    with pytest.raises(Rejected) as refusal:
        rules.check_uri(uri, prefixes)
    assert uri not in refusal.value.detail
    return refusal.value.reason


@pytest.mark.parametrize("uri", ADDRESSES)
def test_a_closed_address_is_named_as_the_reason_in_any_notation(rules: SourceRules, uri: str) -> None:
    assert refused(rules, uri, WIDE) is Reason.ADDRESS_NOT_ALLOWED
    assert refused(rules, uri, []) is Reason.ADDRESS_NOT_ALLOWED


@pytest.mark.parametrize("uri", OTHERS)
def test_a_place_of_another_workspace_may_not_be_read(rules: SourceRules, uri: str) -> None:
    assert refused(rules, uri, SHOP) is Reason.SOURCE_NOT_ALLOWED


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "file:///srv/other/a.jpg", "file:///srv/pictures-b/a.jpg"])
def test_a_prefix_does_not_open_a_folder_that_settings_close(rules: SourceRules, uri: str) -> None:
    assert refused(rules, uri, WIDE) is Reason.SOURCE_NOT_ALLOWED


@pytest.mark.parametrize("uri", ["http://shop.example/a.jpg", "http://10.0.0.5:8080/a.jpg", "ftp://shop.example/a.jpg"])
def test_an_unencrypted_or_unknown_scheme_is_not_supported(rules: SourceRules, uri: str) -> None:
    assert refused(rules, uri, WIDE) is Reason.UNSUPPORTED_SCHEME


@pytest.mark.parametrize("uri", ["a.jpg", "https://", "s3://shop-a/", "https://[::1/a.jpg", "s3://shop-a/a b.jpg"])
def test_what_is_no_uri_is_an_invalid_reference(rules: SourceRules, uri: str) -> None:
    assert refused(rules, uri, SHOP) is Reason.INVALID_REFERENCE


def test_no_file_may_be_read_where_no_folder_is_open() -> None:
    assert refused(SourceRules(SourceSettings()), "file:///srv/a.jpg", WIDE) is Reason.SOURCE_NOT_ALLOWED


@pytest.mark.parametrize(
    "uri",
    ["s3://shop-a/a.jpg", "https://img.shop.example/a.jpg?sig=1", "file:///srv/pictures/shop/a%20b.jpg"],
)
def test_what_lies_beneath_a_prefix_may_be_read(rules: SourceRules, uri: str) -> None:
    assert rules.check_uri(uri, SHOP).scheme == uri.partition(":")[0]


def test_an_operator_can_open_one_server_inside_the_network_but_no_other_port_of_it() -> None:
    rules = SourceRules(SourceSettings(allowed_private_hosts=["10.0.0.5:8080", "[fd00::5]:443", "Img.Internal:443"]))
    prefixes = ["http://10.0.0.5:8080/", "https://10.0.0.5:8080/", "https://[fd00::5]/", "https://img.internal/"]
    for uri in ("http://10.0.0.5:8080/a", "https://10.0.0.5:8080/a", "https://[fd00:0::5]/a", "https://img.internal/a"):
        assert rules.check_uri(uri, prefixes).port is not None
    assert refused(rules, "https://10.0.0.5/a", prefixes) is Reason.ADDRESS_NOT_ALLOWED
    assert refused(rules, "http://img.internal/a", prefixes) is Reason.UNSUPPORTED_SCHEME
    assert refused(rules, "https://10.0.0.5:8080/a", []) is Reason.SOURCE_NOT_ALLOWED


@pytest.mark.parametrize(
    "entry", ["img.internal", "img.internal:", "https://img.internal:443", "me:secret@img:443", ""]
)
def test_an_open_server_must_be_given_as_host_and_port(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_SOURCES__ALLOWED_PRIVATE_HOSTS") as refusal:
        SourceRules(SourceSettings(allowed_private_hosts=[entry]))
    assert "secret" not in str(refusal.value)


def test_a_place_that_no_prefix_allows_is_told_with_the_command_that_allows_it(rules: SourceRules) -> None:
    with pytest.raises(
        PlaceNotAllowed, match="An administrator can allow it with `vedette admin workspace allow`"
    ) as told:
        rules.check_uri("s3://other/a b/c.jpg".replace(" ", "%20"), SHOP)
    allowed = told.value.to("shop")
    assert allowed.reason is Reason.SOURCE_NOT_ALLOWED
    assert "Workspace shop may not read this address" in allowed.detail
    assert allowed.detail.endswith("with: vedette admin workspace allow shop s3://other/a%20b/")


def test_where_no_prefix_could_allow_a_place_no_command_is_told() -> None:
    told = PlaceNotAllowed(parse_uri("file:///a.jpg"))
    assert told.to("shop") is told


@pytest.mark.parametrize(("last", "public"), [(0x10, False), (0x11, True)])
def test_every_bit_of_an_address_counts_behind_nat64_too(last: int, public: bool) -> None:
    assert is_public(IPv4Address(0xA83F8100 + last)) is public
    assert is_public(IPv6Address(f"64:ff9b::a83f:81{last:02x}")) is public


@pytest.mark.parametrize("uri", ["az://shop/a.jpg", "gs://shop/a.jpg", "s3://shop/a.jpg", "https://shop.example/a.jpg"])
def test_only_a_file_must_lie_beneath_a_folder_that_is_open(uri: str) -> None:
    prefix = uri.removesuffix("a.jpg")
    assert SourceRules(SourceSettings()).check_uri(uri, [prefix]).scheme == uri.partition(":")[0]
