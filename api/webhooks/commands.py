"""``vedette admin webhook``: the endpoints that a workspace's events are sent to, and the log of deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from infra.recorded_acts import reads, records
from infra.terminal import Console, say
from schemas.activity import Action
from schemas.webhooks.deliveries import Delivery, DeliveryState
from schemas.webhooks.endpoints import Endpoint
from schemas.webhooks.events import WebhookType

webhooks = typer.Typer(
    name="webhook",
    help="Manage endpoints of webhooks and their deliveries. The API also has their filters.",
    no_args_is_help=True,
)
LIST = "vedette admin webhook list WORKSPACE"
OPTIONS = {
    "url": "URL",
    "events": "--event",
    "description": "--description",
    "overlap_h": "--overlap-h",
    "since": "--since",
}

WorkspaceId = Annotated[str, typer.Argument(metavar="WORKSPACE", help="The workspace's id.")]
EndpointName = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id.")]
DeliveryName = Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.")]
Events = Annotated[list[WebhookType] | None, typer.Option("--event", help="A type of events to send; repeatable.")]
Note = Annotated[str | None, typer.Option("--description", help="A note for people.")]


@webhooks.command("list")
@reads
def list_endpoints(workspace: WorkspaceId) -> None:
    """List a workspace's endpoints, oldest first."""
    from api.command_line import explained, read
    from infra.settings.settings import Settings

    with explained():
        print_endpoints(read(Settings(), lambda services: services.webhooks.list(workspace)))


@webhooks.command("create")
@records(Action.WEBHOOK_CREATED)
def create_endpoint(
    workspace: WorkspaceId,
    url: Annotated[
        str, typer.Argument(help="The address that events are sent to, for example https://hooks.example/.")
    ],
    event: Events = None,
    description: Note = None,
) -> None:
    """Create an endpoint. Prints its secret, which cannot be shown again. Default: all types of events."""
    from api.command_line import change, explained
    from api.webhooks.wishes import WebhookWish
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(OPTIONS):
        wish = WebhookWish(url=url, events=frozenset(event or WebhookType), description=description or "")
        endpoint, secret = change(
            Settings(), lambda services, act: services.webhooks.create(workspace, wish, whoever(), act)
        )
    say(f"endpoint: {endpoint.id}")
    say(f"secret: {secret}")


@webhooks.command("change")
@records(Action.WEBHOOK_CHANGED)
def change_endpoint(
    workspace: WorkspaceId,
    endpoint: EndpointName,
    url: Annotated[str | None, typer.Option("--url", help="The new address.")] = None,
    event: Events = None,
    description: Note = None,
    enable: Annotated[
        bool | None,
        typer.Option("--enable/--disable", help="Whether events are sent. --enable also undoes what the platform did."),
    ] = None,
) -> None:
    """Change an endpoint, or enable one that was disabled because it failed."""
    from api.command_line import change, explained
    from api.webhooks.wishes import WebhookChanges
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    given = {"url": url, "events": event or None, "description": description, "enabled": enable}
    with explained(OPTIONS | {"url": "--url"}, see=LIST):
        changes = WebhookChanges.model_validate({name: one for name, one in given.items() if one is not None})
        changed = change(
            Settings(), lambda services, act: services.webhooks.change(workspace, endpoint, changes, whoever(), act)
        )
    print_endpoints([changed])


@webhooks.command("delete")
@records(Action.WEBHOOK_DELETED)
def delete_endpoint(workspace: WorkspaceId, endpoint: EndpointName) -> None:
    """Delete an endpoint with its log of deliveries. This cannot be undone."""
    from api.command_line import change, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(see=LIST):
        change(Settings(), lambda services, act: services.webhooks.delete(workspace, endpoint, whoever(), act))
    say(f"endpoint {endpoint} deleted")


@webhooks.command("rotate")
@records(Action.WEBHOOK_ROTATED)
def rotate_secret(
    workspace: WorkspaceId,
    endpoint: EndpointName,
    overlap_h: Annotated[
        int, typer.Option("--overlap-h", help="For how many hours the earlier secret still signs beside the new one.")
    ] = 24,
) -> None:
    """Give an endpoint a new secret. Prints it; it cannot be shown again."""
    from api.command_line import change, explained
    from api.webhooks.wishes import Rotation
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(OPTIONS, see=LIST):
        how = Rotation(overlap_h=overlap_h)
        _, secret = change(
            Settings(), lambda services, act: services.webhooks.rotate(workspace, endpoint, how, whoever(), act)
        )
    say(f"secret: {secret}")


@webhooks.command("encrypt")
@records(Action.WEBHOOKS_SEALED)
def encrypt_anew() -> None:
    """Encrypt all secrets with the newest key. Afterwards older keys can be removed from the settings."""
    from api.command_line import change
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    count = change(Settings(), lambda services, act: services.webhooks.seal_anew(whoever(), act))
    say(f"the secrets of {count} endpoints are encrypted with the newest key")


@webhooks.command("deliveries")
@reads
def list_deliveries(
    workspace: WorkspaceId,
    endpoint: EndpointName,
    state: Annotated[DeliveryState | None, typer.Option("--state", help="Only deliveries that stand so.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="The most deliveries to show.")] = 20,
) -> None:
    """List the last deliveries to an endpoint, newest first."""
    from api.command_line import explained, read
    from infra.settings.settings import Settings

    with explained(see=LIST):
        page = read(Settings(), lambda services: services.deliveries.page(workspace, endpoint, limit, None, state))
    print_deliveries(page.items)


@webhooks.command("resend")
@records(Action.WEBHOOK_RESENT)
def resend_delivery(workspace: WorkspaceId, endpoint: EndpointName, delivery: DeliveryName) -> None:
    """Send one delivery again within seconds."""
    from api.command_line import change, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(see=LIST):
        change(
            Settings(), lambda services, act: services.deliveries.resend(workspace, endpoint, delivery, whoever(), act)
        )
    say(f"delivery {delivery} is due again")


@webhooks.command("recover")
@records(Action.WEBHOOK_RESENT)
def recover_deliveries(
    workspace: WorkspaceId,
    endpoint: EndpointName,
    since: Annotated[str, typer.Option("--since", help="For example 2026-03-01T00:00:00Z.")],
) -> None:
    """Send all failed deliveries since a time again, at most 1,000 at once, newest first."""
    from api.command_line import change, explained
    from api.webhooks.wishes import Recovery
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(OPTIONS, see=LIST):
        begun: datetime = Recovery.model_validate({"since": since}).since
        recovered = change(
            Settings(), lambda services, act: services.deliveries.recover(workspace, endpoint, begun, whoever(), act)
        )
    say(f"{recovered.deliveries} deliveries are due again{'' if recovered.complete else '; there are more'}")


@webhooks.command("test")
@records(Action.WEBHOOK_TESTED)
def send_test(workspace: WorkspaceId, endpoint: EndpointName) -> None:
    """Send a test event within seconds. `vedette admin webhook deliveries` shows what came of it."""
    from api.command_line import change, explained
    from infra.operations.audit.acts import whoever
    from infra.settings.settings import Settings

    with explained(see=LIST):
        delivery = change(
            Settings(), lambda services, act: services.deliveries.test(workspace, endpoint, whoever(), act)
        )
    say(f"delivery {delivery.id} is due")


def print_endpoints(found: Sequence[Endpoint]) -> None:
    """Print one row an endpoint; its id stays whole however narrow the terminal is, since other commands want it."""
    _print("endpoint", "what it is told", [(each.id, _told(each)) for each in found])


def print_deliveries(found: Sequence[Delivery]) -> None:
    """Print one row a delivery."""
    _print("delivery", "how it stands", [(each.id, _standing(each)) for each in found])


def _print(first: str, second: str, rows: Sequence[tuple[str, dict[str, Any]]]) -> None:
    table = Table(Column(first, no_wrap=True), Column(second, overflow="fold"), show_lines=True)
    for name, told in rows:
        table.add_row(name, "\n".join(f"{what}: {words}" for what, words in told.items() if words is not None))
    Console(highlight=False, markup=False).print(table)


def _told(endpoint: Endpoint) -> dict[str, Any]:
    filters = endpoint.filters.model_dump(mode="json", exclude_defaults=True)
    failing = endpoint.failing_since
    return {
        "to": endpoint.url,
        "events": ", ".join(sorted(endpoint.events)),
        "filters": ", ".join(f"{name}={value}" for name, value in filters.items()) or "none",
        "state": "enabled" if endpoint.counts else endpoint.disabled_because or "not enabled",
        "failing since": None if failing is None else failing.isoformat(timespec="seconds"),
        "description": endpoint.description or None,
    }


def _standing(delivery: Delivery) -> dict[str, Any]:
    last = delivery.last
    return {
        "event": f"{delivery.type} {delivery.subject}",
        "created": delivery.created_at.isoformat(timespec="seconds"),
        "state": f"{delivery.state.value}, {delivery.tries} attempts",
        "last": None if last is None else last.error or f"status {last.code} after {last.duration_ms:.0f} ms",
        "next": None if delivery.next_at is None else delivery.next_at.isoformat(timespec="seconds"),
    }
