"""Hostile references, each sent to the API and handed to a worker: refused with a reason, and nothing is fetched.

A server listens on this machine, on every address of it, where the references lead that can; files and pipes lie where
others lead. At the end the server has seen no connection. Workspace ``shop`` may read what a real one would.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import trustme

from infra.errors import Rejected
from infra.objects.upload_place import UploadPlace
from infra.settings.recognition import SourceSettings
from infra.settings.settings import Settings
from infra.sources.image_source import ImageSource
from schemas.access.accounts import Role
from schemas.dead_letters import Reason
from schemas.texts.uploads import upload_prefix
from tests.api_world import SHOP, ApiWorld

ADDRESS, PLACE, SCHEME = Reason.ADDRESS_NOT_ALLOWED, Reason.SOURCE_NOT_ALLOWED, Reason.UNSUPPORTED_SCHEME
INVALID = Reason.INVALID_REFERENCE
KEY, HASH = "a" * 40, "b" * 64
# {port}: where the server listens. {root}: the folder that may be read, of which shop may read {root}/shop/.
LITERAL_ADDRESSES = {
    "loopback": "https://127.0.0.1:{port}/a.jpg",
    "another address of loopback": "https://127.8.9.10:{port}/a.jpg",
    "one decimal number": "https://2130706433:{port}/a.jpg",
    "one octal number": "https://017700000001:{port}/a.jpg",
    "one hexadecimal number": "https://0x7f000001:{port}/a.jpg",
    "octal parts": "https://0177.0.0.1:{port}/a.jpg",
    "hexadecimal parts": "https://0x7f.0x0.0x0.0x1:{port}/a.jpg",
    "parts left out": "https://127.1:{port}/a.jpg",
    "zero": "https://0:{port}/a.jpg",
    "the unspecified address": "https://0.0.0.0:{port}/a.jpg",
    "a closing dot": "https://127.0.0.1.:{port}/a.jpg",
    "loopback by version 6": "https://[::1]:{port}/a.jpg",
    "loopback by version 6 in full": "https://[0000:0000:0000:0000:0000:0000:0000:0001]:{port}/a.jpg",
    "the unspecified address by version 6": "https://[::]:{port}/a.jpg",
    "mapped into version 6": "https://[::ffff:127.0.0.1]:{port}/a.jpg",
    "mapped into version 6 in digits": "https://[::ffff:7f00:1]:{port}/a.jpg",
    "compatible with version 6": "https://[::127.0.0.1]:{port}/a.jpg",
    "behind nat64": "https://[64:ff9b::7f00:1]:{port}/a.jpg",
    "by 6to4": "https://[2002:7f00:1::]:{port}/a.jpg",
    "by teredo": "https://[2001:0:7f00:1::1]:{port}/a.jpg",
    "a cloud's metadata": "https://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "a cloud's metadata as a number": "https://2852039166/latest/meta-data/",
    "a cloud's metadata by version 6": "https://[fd00:ec2::254]/latest/meta-data/",
    "another cloud's metadata": "https://100.100.100.200/latest/meta-data/",
    "a platform's address": "https://168.63.129.16/machine",
    "link-local by version 6": "https://[fe80::1]/a.jpg",
    "a private network": "https://10.0.0.5/a.jpg",
    "a carrier's network": "https://100.64.0.1/a.jpg",
    "multicast": "https://239.255.255.250/a.jpg",
    "a fragment before the at sign": "https://127.0.0.1:{port}#@img.shop.example/a.jpg",
    "the machine by name": "https://localhost:{port}/a.jpg",
    "the machine by name in capitals": "https://LOCALHOST.:{port}/a.jpg",
    "a name beneath the machine's": "https://img.localhost:{port}/a.jpg",
}
DECEPTIONS = {
    "an address with a zone": "https://[fe80::1%25lo]:{port}/a.jpg",
    "a user name that looks like the host": "https://img.shop.example@127.0.0.1:{port}/a.jpg",
    "a password that looks like a port": "https://img.shop.example:443@127.0.0.1:{port}/a.jpg",
    "a backslash before the at sign": "https://127.0.0.1:{port}\\@img.shop.example/a.jpg",
    "a percent-encoded host": "https://img.shop.example%2f@127.0.0.1/a.jpg",
    "a host in fullwidth letters": "https://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54:{port}/a.jpg",
    "a host with ideographic dots": "https://127\u30020\u30020\u30021:{port}/a.jpg",
    "digits in circles": "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460:{port}/a.jpg",
    "a look-alike letter": "https://img.sh\u043ep.example/a.jpg",
    "the host as a prefix of another": "https://img.shop.example.evil.example/a.jpg",
    "the host as the end of another": "https://evil-img.shop.example/a.jpg",
    "a look-alike in punycode": "https://img.xn--shp-1cd.example/a.jpg",
    "another port": "https://img.shop.example:8443/a.jpg",
    "another folder by dots": "https://cdn.shop.example/shop/../rival/a.jpg",
    "another folder by encoded dots": "https://cdn.shop.example/shop/%2e%2e/rival/a.jpg",
    "another folder by dots encoded twice": "https://cdn.shop.example/shop/%252e%252e/rival/a.jpg",
    "another folder by a backslash": "https://cdn.shop.example/shop/..%5crival/a.jpg",
    "another folder by a parameter": "https://cdn.shop.example/shop/..;/rival/a.jpg",
    "an encoded slash in the folder": "https://cdn.shop.example/shop%2f..%2frival/a.jpg",
    "a folder that begins the same": "https://cdn.shop.example/shopping/a.jpg",
}
BROKEN = {
    "a tab in the scheme": "ht\ttps://127.0.0.1:{port}/a.jpg",
    "a line break in the host": "https://img.shop.example\r\nHost: 127.0.0.1/a.jpg",
    "a space before": " https://127.0.0.1:{port}/a.jpg",
    "no slashes": "https:127.0.0.1:{port}/a.jpg",
    "one slash": "https:/127.0.0.1:{port}/a.jpg",
    "no scheme": "//127.0.0.1:{port}/a.jpg",
    "a port beyond all ports": "https://img.shop.example:65616/a.jpg",
    "a port that is no number": "https://img.shop.example:44e1/a.jpg",
    "port zero": "https://img.shop.example:0/a.jpg",
}
OTHER_SCHEMES = {
    "unencrypted": "http://127.0.0.1:{port}/a.jpg",
    "unencrypted, of a host that may be read": "http://img.shop.example/a.jpg",
    "gopher": "gopher://127.0.0.1:{port}/_GET%20/",
    "ftp": "ftp://127.0.0.1:{port}/a.jpg",
    "dict": "dict://127.0.0.1:{port}/info",
    "ldap": "ldap://127.0.0.1:{port}/dc=a",
    "data": "data:image/png;base64,iVBORw0KGgo=",
    "javascript": "javascript:alert(1)",
    "jar": "jar:https://127.0.0.1:{port}/a.jar!/a.jpg",
    "netdoc": "netdoc:///etc/passwd",
    "a unix socket": "unix:///var/run/docker.sock",
    "an unknown one": "s3a://shop-media/a.jpg",
}
FILES = {
    "a file outside": "file:///etc/passwd",
    "a file outside, four slashes": "file:////etc/passwd",
    "a file outside by way of this machine's name": "file://localhost/etc/passwd",
    "out of the folder by dots": "file://{root}/shop/../../secret.jpg",
    "out of the folder by encoded dots": "file://{root}/shop/%2e%2e/%2e%2e/secret.jpg",
    "out of the folder by dots encoded twice": "file://{root}/shop/%252e%252e/%252e%252e/secret.jpg",
    "out of the folder by encoded slashes": "file://{root}/shop/..%2f..%2fsecret.jpg",
    "out of the folder by a backslash": "file://{root}/shop/..\\..\\secret.jpg",
    "another workspace's folder": "file://{root}/rival/plans.jpg",
    "a folder that begins the same": "file://{root}/shopping/a.jpg",
    "a name with a zero byte": "file://{root}/shop/a.jpg%00.png",
    "a device": "file:///dev/zero",
    "a process's environment": "file:///proc/self/environ",
}
LINKS = {
    "a link out of the folder": "file://{root}/shop/link.jpg",
    "a link to another workspace's file": "file://{root}/shop/rivals.jpg",
    "a folder that is a link": "file://{root}/shop/folder/secret.jpg",
    "a link to a device": "file://{root}/shop/zero.jpg",
    "a pipe": "file://{root}/shop/pipe.jpg",
    "a folder": "file://{root}/shop/folder-of-pictures",
    "a chain of links without an end": "file://{root}/shop/circle.jpg",
}
OTHERS = {
    "another's bucket": "s3://rival-media/plans.jpg",
    "a bucket with one's own name within": "s3://evil-shop-media/a.jpg",
    "one's own prefix without its dash": "s3://shopmedia/a.jpg",
    "a bucket in capitals": "s3://SHOP-media/a.jpg",
    "a bucket of another store": "gs://shop-media/a.jpg",
    "another folder of one's bucket by dots": "s3://shop-media/../rival-media/plans.jpg",
    "another folder by encoded dots": "az://pictures/shop/%2e%2e/rival/plans.jpg",
    "another folder of a bucket for many": "az://pictures/rival/plans.jpg",
    "a folder that begins the same": "az://pictures/shopping/a.jpg",
    "a bucket with a user name": "s3://key:secret@shop-media/a.jpg",
    "where uploads are kept": "file://{root}/shop/uploads/rival/x/y",
}
UPLOADS = {
    "another's upload": f"upload://rival/{KEY}/{HASH}",
    "an upload whose owner is a path": f"upload://../rival/{KEY}/{HASH}",
    "an upload in capitals": f"UPLOAD://rival/{KEY}/{HASH}",
}
BY_TEXT: dict[str, tuple[str, Sequence[Reason]]] = {
    **{name: (uri, [ADDRESS]) for name, uri in LITERAL_ADDRESSES.items()},
    **{name: (uri, [PLACE]) for name, uri in DECEPTIONS.items()},
    **{name: (uri, [INVALID]) for name, uri in BROKEN.items()},
    **{name: (uri, [SCHEME]) for name, uri in OTHER_SCHEMES.items()},
    **{name: (uri, [PLACE]) for name, uri in FILES.items()},
    **{f"{name} (object)": (uri, [PLACE]) for name, uri in OTHERS.items()},
    **{name: (uri, [PLACE, SCHEME]) for name, uri in UPLOADS.items()},
}
PREFIXES = [
    "s3://shop-*/",
    "az://pictures/shop/",
    "https://img.shop.example/",
    "https://cdn.shop.example/shop/",
]


@dataclass
class Trap:
    """The server that nobody may reach, the folder that may be read, and who is on the way to either."""

    port: int
    root: Path
    prefixes: list[str]
    source: ImageSource
    resolver: "Resolver"
    connections: list[object] = field(default_factory=list)

    def uri(self, text: str) -> str:
        return text.replace("{port}", str(self.port)).replace("{root}", str(self.root))

    async def reason(self, text: str) -> Reason:
        """Let a worker fetch what ``text`` names; return why it does not."""
        uri = self.uri(text)
        with pytest.raises(Rejected) as refusal:
            await self.source.fetch(uri, allowed_prefixes=[*self.prefixes, upload_prefix(SHOP)])
        assert uri not in refusal.value.detail
        return refusal.value.reason


class Resolver:
    """Names that resolve to what an attacker writes into their zone: each answer once, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[list[str]] = [["127.0.0.1"]]

    async def __call__(self, host: str, port: int) -> list[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def trap(tmp_path: Path) -> AsyncIterator[Trap]:
    root = lay_files(tmp_path)
    resolver, seen = Resolver(), []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(accept, "0.0.0.0", 0)  # noqa: S104 - wherever a reference may lead
    port = server.sockets[0].getsockname()[1]
    settings = SourceSettings(file_roots=[root], attempts=1, timeout_s=120, patience_s=120)
    home = Settings(home=tmp_path, sources=settings, uploads={"place": str(root / "shop" / "uploads")})
    source = ImageSource(settings, resolve=resolver, uploads=UploadPlace.of(home))
    yield Trap(port, root, [*PREFIXES, f"file://{root}/shop/"], source, resolver, seen)
    await source.close()
    server.close()
    await server.wait_closed()
    assert seen == []


def lay_files(folder: Path) -> Path:
    """Lay out the folder that may be read, with everything in it that leads out of it."""
    root = folder / "pictures"
    shop = root / "shop"
    for name in (root / "rival", root / "shopping", shop / "folder-of-pictures", shop / "uploads" / "rival" / "x"):
        name.mkdir(parents=True)
    for path in (folder / "secret.jpg", root / "rival" / "plans.jpg", root / "shopping" / "a.jpg", shop / "a.jpg"):
        path.write_bytes(b"not yours")
    (shop / "uploads" / "rival" / "x" / "y").write_bytes(b"not yours")
    links = {
        "link.jpg": "../../secret.jpg",
        "rivals.jpg": "../rival/plans.jpg",
        "folder": "../..",
        "zero.jpg": "/dev/zero",
        "circle.jpg": "circle.jpg",
    }
    for name, target in links.items():
        (shop / name).symlink_to(target)
    os.mkfifo(shop / "pipe.jpg")
    return root


def test_there_are_at_least_sixty() -> None:
    assert len({uri for uri, _ in BY_TEXT.values()}) >= 60


async def test_what_may_be_read_is_read_so_that_the_refusals_mean_something(trap: Trap) -> None:
    image = await trap.source.fetch(f"file://{trap.root}/shop/a.jpg", allowed_prefixes=trap.prefixes)
    assert image.data == b"not yours"


@pytest.mark.parametrize("name", BY_TEXT)
async def test_a_worker_refuses_it_and_fetches_nothing(trap: Trap, name: str) -> None:
    uri, reasons = BY_TEXT[name]
    assert await trap.reason(uri) in reasons


@pytest.mark.parametrize("uri", LINKS.values(), ids=LINKS)
async def test_a_worker_refuses_what_a_link_or_pipe_leads_to(trap: Trap, uri: str) -> None:
    async with asyncio.timeout(120):
        assert await trap.reason(uri) is PLACE


async def test_the_api_refuses_all_of_them_by_their_text_and_publishes_nothing(trap: Trap) -> None:
    world = ApiWorld(trap.root.parent, sources=SourceSettings(file_roots=[trap.root]))
    world.accounts.workspaces.clear()
    await world.add_workspace(SHOP, *trap.prefixes)
    async with await world.log_in(Role.USER, SHOP) as client:
        for name, (uri, reasons) in BY_TEXT.items():
            if name == "where uploads are kept (object)":
                continue  # this world keeps them elsewhere; the worker above has them there
            answer = await client.post("/v1/images", json={"images": [{"uri": trap.uri(uri)}]})
            require_refusal(answer, name, reasons)
    world.passwords.close()
    assert [record for record in world.publisher.records if record.topic != "activity"] == []


def require_refusal(answer: httpx.Response, name: str, reasons: Sequence[Reason]) -> None:
    assert answer.status_code == 422, name
    [error] = answer.json()["errors"]
    assert error["field"] == "images[0].uri", name
    if INVALID not in reasons or "the required pattern" not in error["message"]:
        assert any(f"({reason.value})" in error["message"] for reason in reasons), (name, error)


PRIVATE_ANSWERS = {
    "loopback": ["127.0.0.1"],
    "a private network": ["10.0.0.5"],
    "a cloud's metadata": ["169.254.169.254"],
    "loopback by version 6": ["::1"],
    "mapped into version 6": ["::ffff:127.0.0.1"],
    "behind nat64": ["64:ff9b::7f00:1"],
    "the unspecified address": ["0.0.0.0"],  # noqa: S104 - what a hostile zone answers
    "one public and one private": ["93.184.215.14", "127.0.0.1"],
}


@pytest.mark.parametrize("answer", PRIVATE_ANSWERS.values(), ids=PRIVATE_ANSWERS)
async def test_a_name_that_resolves_to_a_closed_address_is_refused(trap: Trap, answer: list[str]) -> None:
    trap.resolver.answers = [answer]
    trap.prefixes.append(f"https://img.shop.example:{trap.port}/")
    assert await trap.reason("https://img.shop.example:{port}/a.jpg") is ADDRESS


async def test_a_name_that_changes_its_answer_between_check_and_connection_is_refused(trap: Trap) -> None:
    trap.resolver.answers = [["93.184.215.14"], ["127.0.0.1"]]
    trap.prefixes.append(f"https://img.shop.example:{trap.port}/")
    await trap.resolver("img.shop.example", trap.port)
    assert await trap.reason("https://img.shop.example:{port}/a.jpg") is ADDRESS


REDIRECTS = {
    "to loopback": ("https://127.0.0.1:{port}/a.jpg", ADDRESS),
    "to loopback without a scheme": ("//127.0.0.1:{port}/a.jpg", ADDRESS),
    "to loopback as a number": ("https://2130706433:{port}/a.jpg", ADDRESS),
    "to loopback by version 6": ("https://[::ffff:127.0.0.1]:{port}/a.jpg", ADDRESS),
    "to a cloud's metadata": ("https://169.254.169.254/latest/meta-data/", ADDRESS),
    "to the machine by name": ("https://localhost:{port}/a.jpg", ADDRESS),
    "to plain http": ("http://127.0.0.1:{port}/a.jpg", SCHEME),
    "to a file": ("file://{root}/shop/a.jpg", PLACE),
    "to a file outside": ("file:///etc/passwd", PLACE),
    "to another scheme": ("gopher://127.0.0.1:{port}/_", SCHEME),
    "to an object": ("s3://shop-media/a.jpg", PLACE),
    "to another host": ("https://evil.example/a.jpg", PLACE),
    "to another host by a user name": ("https://img.shop.example@evil.example/a.jpg", PLACE),
    "to a line break": ("https://img.shop.example/%0d%0aHost:evil.example", PLACE),
    "to nowhere": ("", Reason.SOURCE_UNAVAILABLE),
    "to itself for ever": ("/again", Reason.SOURCE_UNAVAILABLE),
}


@dataclass
class Redirecting:
    """A web server that the workspace may read, and that sends everybody elsewhere."""

    port: int
    authority: Path
    location: str = ""


@pytest.fixture
async def redirecting(tmp_path: Path) -> AsyncIterator[Redirecting]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("img.shop.example").configure_cert(tls)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: {sends_to.location}\r\n\r\n"
        writer.write(head.encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    sends_to = Redirecting(server.sockets[0].getsockname()[1], tmp_path / "authority.pem")
    yield sends_to
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(("location", "reason"), REDIRECTS.values(), ids=REDIRECTS)
async def test_a_redirect_is_judged_like_a_reference(
    trap: Trap, redirecting: Redirecting, location: str, reason: Reason
) -> None:
    redirecting.location = trap.uri(location)
    start = f"https://img.shop.example:{redirecting.port}/"
    settings = SourceSettings(
        file_roots=[trap.root],
        allowed_private_hosts=[f"img.shop.example:{redirecting.port}"],
        https_ca_location=redirecting.authority,
        attempts=1,
        timeout_s=120,
        patience_s=120,
    )
    source = ImageSource(settings, resolve=trap.resolver)
    with pytest.raises(Rejected) as refusal:
        await source.fetch(f"{start}a.jpg", allowed_prefixes=[*trap.prefixes, start])
    await source.close()
    assert refusal.value.reason is reason
