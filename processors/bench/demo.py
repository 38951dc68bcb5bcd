"""``vedette demo``: the whole way of six pictures on real servers, in one command."""

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from infra.embedded.homes.home import write_private
from infra.embedded.platform import Platform
from infra.embedded.session import running_together
from infra.errors import VedetteError
from infra.recorded_acts import records
from infra.settings.settings import Settings
from infra.terminal import Console, visible_line
from processors.bench.api_client import LoginRefused, MeasuringAccount, connect, create_account, log_in
from processors.bench.demo_page import ShownAnswer, demo_page
from processors.pictures import DEMO_PICTURES
from schemas.activity import Action
from schemas.images import Feature, derive_image_id

WORKSPACE = "demo"
EMAIL = "demo@vedette.example"
SHOWN = 3
SHOWN_FEATURES = (
    Feature.LABELS,
    Feature.OBJECTS,
    Feature.PROPERTIES,
    Feature.TEXT,
    Feature.EMBEDDING,
    Feature.HASH,
)
ANSWER_TIMEOUT_S = 60.0
# Asked more often, six pictures would take the processor that is to recognise them.
POLL_INTERVAL_S = 0.1


class DemoFailed(VedetteError):
    """The demonstration did not come to its end; the message says where it stopped."""


@records(Action.PLATFORM_MIGRATED, Action.ACCOUNT_CREATED, Action.WORKSPACE_CREATED, Action.WORKSPACE_CHANGED)
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running, and print what to try next.")] = False,
) -> None:
    """Start everything, recognise six pictures, show the answers in a table and on a page, and stop again."""
    console = Console(highlight=False)
    settings = Settings()
    environment = {"VEDETTE_SOURCES__FILE_ROOTS": _file_roots(settings)}
    with running_together(settings, environment, console, keep=keep) as platform:
        settings = Settings(home=settings.home)
        account = MeasuringAccount(EMAIL, WORKSPACE, remembered_password(settings.home))
        with connect(settings.api.port) as api:
            log_in_or_create(api, platform, account)
            began = datetime.now(UTC)
            features = ",".join(SHOWN_FEATURES)
            platform.run("publish", str(DEMO_PICTURES), "--owner", WORKSPACE, "--features", features)
            answers = await_answers(api, began, console)
        console.print(answers_table(answers))
        console.print(f"The pictures with all answers: {write_page(answers, settings.home)}", soft_wrap=True)
        console.print(where_it_listens(settings))
        if keep:
            # A command that is broken over two lines cannot be copied.
            console.print(what_to_try_next(settings), soft_wrap=True)


def remembered_password(home: Path) -> str:
    """Return the password of the demonstration's account, made at the first run and kept, readable by us alone."""
    file = home / "secrets" / "demo-password"
    if not file.is_file():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(file, secrets.token_urlsafe(18))
    return file.read_text()


def log_in_or_create(api: httpx.Client, platform: Platform, account: MeasuringAccount) -> None:
    """Let ``api`` carry a token from now on; creates account and workspace where they are missing."""
    try:
        log_in(api, account)
    except LoginRefused:
        create_account(platform, account, f"{DEMO_PICTURES.as_uri()}/")
        log_in(api, account)


def await_answers(api: httpx.Client, began: datetime, console: Console) -> list[ShownAnswer]:
    """Ask the API until every picture has an answer to a reference published after ``began``."""
    waiting = {path: derive_image_id(path.as_uri()) for path in sorted(DEMO_PICTURES.glob("*.jpg"))}
    answers: list[ShownAnswer] = []
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    columns = (TextColumn("recognising"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("recognising", total=len(waiting))
        while waiting:
            if time.monotonic() > deadline:
                raise DemoFailed(f"no answer for {', '.join(path.name for path in waiting)}: see the logs in the home")
            for path, image_id in list(waiting.items()):
                if (answer := _answer(api, path.name, image_id, began)) is not None:
                    answers.append(answer)
                    del waiting[path]
                    progress.advance(task)
            time.sleep(POLL_INTERVAL_S)
    return sorted(answers, key=lambda each: each.picture)


def _answer(api: httpx.Client, picture: str, image_id: str, began: datetime) -> ShownAnswer | None:
    response = api.get(f"/v1/images/{image_id}", params={"owner": WORKSPACE})
    if response.status_code == httpx.codes.NOT_FOUND:
        return None
    view: dict[str, Any] = response.raise_for_status().json()
    accepted = datetime.fromisoformat(view["accepted_at"]) if view.get("accepted_at") else None
    if view["status"] == "pending" or accepted is None or accepted < began:
        return None
    result: dict[str, Any] = view.get("result") or {}
    return ShownAnswer(
        picture=picture,
        status=view["status"],
        seconds=(datetime.now(UTC) - accepted).total_seconds(),
        features=result.get("features", {}),
        timings=result.get("timings", {}),
    )


def answers_table(answers: Sequence[ShownAnswer]) -> Table:
    """One row a picture: what was seen, how surely, and how long after publishing the API had it."""
    table = Table("picture", "labels", "objects", "text", Column("to the answer", justify="right"))
    for answer in answers:
        labels, objects = (_listed(answer.found(feature)) for feature in ("labels", "objects"))
        labels = labels if answer.status == "recognised" else answer.status
        text = " ".join(str(line["text"]) for line in answer.found("text"))
        seconds = f"{answer.seconds * 1000:,.0f} ms"
        table.add_row(answer.picture, labels, objects, visible_line(text), seconds)
    return table


def _listed(found: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{one['name']} {one['confidence']:.0%}" for one in found[:SHOWN])


def write_page(answers: Sequence[ShownAnswer], home: Path) -> Path:
    """Write the page that shows the pictures with their answers; returns where it lies."""
    page = home / "demo.html"
    page.write_text(demo_page(answers, DEMO_PICTURES), encoding="utf-8")
    return page


def where_it_listens(settings: Settings) -> Table:
    """What runs where."""
    table = Table.grid(padding=(0, 2))
    table.add_row("API", f"http://127.0.0.1:{settings.api.port}/v1")
    table.add_row("Kafka", settings.kafka.bootstrap_servers)
    table.add_row("Cassandra", f"{settings.cassandra.contact_points[0]}:{settings.cassandra.port}")
    table.add_row("Elasticsearch", settings.elasticsearch.urls[0])
    return table


def what_to_try_next(settings: Settings) -> str:
    """Commands that work as they stand while everything is left running."""
    base = f"http://127.0.0.1:{settings.api.port}"
    home = _relative(settings.home)
    prefix = "" if settings.home == Path(".vedette").absolute() else f"export VEDETTE_HOME={home}\n"
    return f"""
Everything goes on running. Try:
{prefix}TOKEN=$(.venv/bin/vedette token --email {EMAIL} --password-stdin < {home}/secrets/demo-password)
curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/results?label=espresso&min_confidence=0.5'
curl -s -H "Authorization: Bearer $TOKEN" '{base}/v1/search?q=cat'
curl -s '{settings.elasticsearch.urls[0]}/{settings.elasticsearch.index}/_search?q=status:recognised&size=1'
.venv/bin/vedette status
.venv/bin/vedette down"""


def _file_roots(settings: Settings) -> str:
    return ",".join([str(DEMO_PICTURES), *(str(root) for root in settings.sources.file_roots)])


def _relative(path: Path) -> str:
    return os.path.relpath(path)
