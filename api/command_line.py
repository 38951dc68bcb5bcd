"""What the commands of ``vedette admin`` share: the services, opened for one command, and mistakes in its options."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from api.accounts.service import AccountService
from api.http.errors import field_error
from api.invitations.service import Invitations
from api.oauth.clients.service import ClientService
from api.oauth.directory import ClientDirectory
from api.security.makers_rights import MakersRights
from api.security.passwords.hashing import hash_password
from api.suspensions.service import Suspensions
from api.webhooks.deliveries import DeliveryOffice
from api.webhooks.service import WebhookService
from api.workspaces.service import WorkspaceService
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.cassandra.images.ages import ImageAges
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.errors import ConfigurationError, FieldError, InvalidRequest, NotFound
from infra.kafka.event_bus import EventPublisher
from infra.operations.audit.acts import Act, command_recorder
from infra.settings.settings import Settings
from infra.sources.network import Resolve, SystemResolver
from infra.webhooks.addresses import WebhookAddresses
from infra.webhooks.secrets import WebhookKeys

Result = TypeVar("Result")


class HashingInThread:
    """Hashes the one password of a command, without the pool that bounds how many the API hashes at a time."""

    async def hash(self, password: str) -> str:
        """Return the argon2id string of ``password``."""
        return await asyncio.to_thread(hash_password, password)


@dataclass(frozen=True)
class CommandServices:
    """The services that routes call too."""

    accounts: AccountService
    workspaces: WorkspaceService
    clients: ClientService
    invitations: Invitations
    suspensions: Suspensions
    webhooks: WebhookService
    deliveries: DeliveryOffice
    ages: ImageAges


def services_on(session: CassandraSession, settings: Settings, resolve: Resolve) -> CommandServices:
    """Return the services on stores that share one session."""
    accounts, keys, clients = AccountStore(session), ApiKeyStore(session), OAuthClientStore(session)
    workspaces = WorkspaceService(accounts)
    rights = MakersRights(accounts, keys, ClientDirectory(clients, settings.api), OAuthGrantStore(session))
    log = WebhookDeliveryStore(session, settings.webhooks.retention_days)
    webhooks = WebhookService(
        WebhookEndpointStore(session),
        log,
        accounts,
        WebhookKeys(settings),
        WebhookAddresses(settings.webhooks),
        resolve,
    )
    return CommandServices(
        accounts=AccountService(accounts, workspaces, HashingInThread()),
        workspaces=workspaces,
        clients=ClientService(clients, accounts),
        invitations=Invitations(InvitationStore(session), rights),
        suspensions=Suspensions(keys, clients),
        webhooks=webhooks,
        deliveries=DeliveryOffice(webhooks, log),
        ages=ImageAges(session),
    )


def read(settings: Settings, question: Callable[[CommandServices], Awaitable[Result]]) -> Result:
    """Return what ``question`` returns, which changes nothing."""

    async def asked() -> Result:
        async with _opened(settings) as services:
            return await question(services)

    return asyncio.run(asked())


def change(settings: Settings, action: Callable[[CommandServices, Act], Awaitable[Result]]) -> Result:
    """Return what ``action`` returns, which is given what records each act first."""

    async def done() -> Result:
        async with _opened(settings) as services, EventPublisher(settings.kafka) as publisher:
            return await action(services, command_recorder(publisher).act)

    return asyncio.run(done())


@contextmanager
def explained(options: Mapping[str, str] | None = None, *, see: str | None = None) -> Iterator[None]:
    """Tell what services and wishes find wrong in the words of the command line.

    ``options`` names the option or argument that each field was given by; ``see`` is the command that lists what
    there is. Raises ``ConfigurationError`` and ``NotFound``.
    """
    try:
        yield
    except ValidationError as error:
        wrong = [field_error(("value", *each["loc"]), each) for each in error.errors()]
    except InvalidRequest as error:
        wrong = error.errors
    except NotFound as error:
        raise NotFound(f"{str(error).rstrip('.')}: see `{see}`" if see else str(error)) from None
    else:
        return
    raise ConfigurationError("\n".join(_mistake(error, options or {}) for error in wrong))


def each_of(field: str, option: str, values: Sequence[str]) -> dict[str, str]:
    """Return how the fields of a list were given: the whole by ``option``, each by ``option`` and its value."""
    return {field: option} | {f"{field}[{number}]": f"{option} {value}" for number, value in enumerate(values)}


def _mistake(error: FieldError, options: Mapping[str, str]) -> str:
    whole = error.field.partition("[")[0]
    return f"{options.get(error.field) or options.get(whole, error.field)}: {error.message}"


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[CommandServices]:
    session = await CassandraSession.connect(settings.cassandra)
    resolver = SystemResolver()
    try:
        yield services_on(session, settings, resolver)
    finally:
        resolver.close()
        await session.close()
