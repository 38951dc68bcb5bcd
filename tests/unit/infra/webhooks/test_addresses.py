"""Where webhooks may be sent: what leads into a private network is refused, in whatever way it is written."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import ConfigurationError
from infra.settings.webhooks import WebhookSettings
from infra.sources.addresses import is_public
from infra.webhooks.addresses import AddressNotAllowed, WebhookAddresses

CLOSED = WebhookAddresses(WebhookSettings())
OPENED = WebhookAddresses(
    WebhookSettings(
        allowed_private_hosts=["hub.home:8123", "10.0.0.7:443"],
        allowed_private_networks=[ip_network("192.168.1.0/24"), ip_network("fd00::/8")],
    )
)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest/meta-data/",
        "https://192.168.0.1/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://localhost/",
        "https://a.localhost/",
        "https://user:pass@hooks.example/",
        "https://hooks.example\\@10.0.0.1/",
        "http://hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "s3://bucket/key",
        "https://hooks.example/#fragment",
        "https:///nowhere",
        "https://hooks.example:99999/",
        "https://hooks.example/a b",
        "https://hooks.example/\x00",
        "hooks.example/vedette",
        "",
    ],
)
def test_a_hostile_or_broken_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(AddressNotAllowed) as refused:
        CLOSED.check(url)
    assert str(refused.value).startswith("The address")
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "url",
    ["https://hooks.example/", "https://hooks.example:8443/a?token=x", "https://93.184.216.34/", "HTTPS://H.example"],
)
def test_a_public_address_is_taken(url: str) -> None:
    assert CLOSED.check(url).port


@pytest.mark.parametrize(
    "url",
    ["http://hub.home:8123/hook", "https://10.0.0.7/", "http://192.168.1.20:9000/", "https://[fd12::3]/hook"],
)
def test_what_an_operator_has_opened_is_taken(url: str) -> None:
    assert OPENED.check(url)


@pytest.mark.parametrize(
    "url", ["http://hub.home:8124/", "http://10.0.0.7/", "https://192.168.2.20/", "http://hub.home/"]
)
def test_what_lies_beside_it_is_not(url: str) -> None:
    with pytest.raises(AddressNotAllowed):
        OPENED.check(url)


@given(st.ip_addresses())
def test_a_name_is_refused_where_it_leads_to_what_is_not_public(address: IPv4Address | IPv6Address) -> None:
    named = CLOSED.check("https://hooks.example/")
    if is_public(address):
        CLOSED.check_resolved(named, [str(address)])
        return
    with pytest.raises(AddressNotAllowed):
        CLOSED.check_resolved(named, ["93.184.216.34", str(address)])


def test_a_name_may_lead_into_a_network_that_is_open() -> None:
    named = OPENED.check("https://hooks.example/")
    OPENED.check_resolved(named, ["192.168.1.9"])
    OPENED.check_resolved(OPENED.check("http://hub.home:8123/"), ["172.16.0.1"])
    with pytest.raises(AddressNotAllowed):
        OPENED.check_resolved(named, ["192.168.2.9"])


@pytest.mark.parametrize("entry", ["hub.home", "hub.home:", "https://hub.home:8123", "hub.home:0"])
def test_an_entry_of_the_settings_that_names_no_server_is_refused(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="ALLOWED_PRIVATE_HOSTS"):
        WebhookAddresses(WebhookSettings(allowed_private_hosts=[entry]))
