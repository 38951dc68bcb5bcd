"""The FastAPI application, made from its services; nothing connects here."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.accounts import me_routes as me
from api.accounts import registration_routes as registration
from api.accounts import routes as accounts
from api.accounts.registration import Registration
from api.accounts.service import AccountService
from api.activity import routes as activity
from api.activity.auditing import AuditTrail
from api.activity.feed import ActivityFeed
from api.activity.watch import ActivityWatch
from api.admission.admission import AdmissionControl
from api.admission.quotas import Quotas
from api.admission.rate_limits import RateLimits
from api.documentation import routes as swagger
from api.erasures import routes as erasures
from api.exports import routes as exports
from api.exports.service import Exports
from api.http import errors
from api.http.middleware import BodyLimit, HeadLimit, RequestContext
from api.http.openapi import describe
from api.http.receiving import Inbox
from api.images import feature_routes as features
from api.images import look_alike_routes as look_alikes
from api.images import routes as images
from api.images.deletions import Deletions
from api.images.submissions import Submissions
from api.invitations import routes as invitations
from api.invitations.service import Invitations
from api.jobs import routes as jobs
from api.keys import routes as api_keys
from api.keys.service import KeyService
from api.live import routes as live
from api.live.cursors import PURPOSE as LIVE_CURSORS
from api.live.cursors import LiveCursors
from api.live.hub import LiveHub
from api.live.sockets import WebSocketStreams
from api.live.streams import LiveStreams
from api.live.tickets import Tickets
from api.live.vigil import Vigil
from api.log_in import routes as auth
from api.oauth import authorize_routes as authorize
from api.oauth import consent_routes as consents
from api.oauth import routes as oauth
from api.oauth.clients import routes as clients
from api.oauth.clients.service import ClientService
from api.oauth.conversation import Stores
from api.oauth.directory import ClientDirectory
from api.oauth.server import OAuth
from api.operations import dead_letter_routes as dead_letters
from api.operations import health_routes as health
from api.operations import pipeline_routes as pipelines
from api.operations import status_routes as status
from api.operations.readiness import Readiness
from api.questions import routes as questions
from api.questions.service import OnDemandRecognition
from api.search import routes as results
from api.security.alerts import Alerts
from api.security.callers import Callers
from api.security.key_watch import KeyWatch
from api.security.makers_rights import MakersRights
from api.security.passwords.checks import PasswordChecks
from api.security.sessions import Sessions
from api.security.throttle import Throttle
from api.security.tokens.cursor_seal import PURPOSE as CURSORS
from api.security.tokens.cursor_seal import CursorSeal
from api.services import Services
from api.suspensions import routes as suspensions
from api.suspensions.service import Suspensions
from api.uploads import routes as uploads
from api.uploads.service import UploadedImages
from api.webhooks import delivery_routes as deliveries
from api.webhooks import routes as webhooks
from api.webhooks.deliveries import DeliveryOffice
from api.webhooks.service import WebhookService
from api.workspaces import member_routes as members
from api.workspaces import routes as workspaces
from api.workspaces.service import WorkspaceService
from infra.objects.upload_place import UploadPlace
from infra.operations.dead_letters.service import DeadLetterOffice
from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.service import Erasures
from infra.operations.export.service import Exporter
from infra.operations.jobs.service import JobOffice
from infra.sources.rules import SourceRules
from infra.webhooks.addresses import WebhookAddresses
from infra.webhooks.secrets import WebhookKeys
from schemas.messages.topic_owners import TopicOwners

DESCRIPTION = """
Vedette recognises images. You send references to images, and get labels and other answers.

Get a token from `POST /v1/auth/token` or an API key from `POST /v1/api-keys`, and send it as `Authorization: Bearer …`.
Applications that act for other people get their tokens by OAuth 2.0.

Every error is an RFC 9457 problem (`application/problem+json`). Every list has pages: to get the next page, send the
`next_cursor` of the last one as `cursor`.
"""


ROUTERS = (
    *(routes.router for routes in (auth, registration, consents, me, accounts, workspaces, members, api_keys, clients)),
    invitations.router,
    *(
        routes.router
        for routes in (suspensions, images, uploads, look_alikes, questions, results, exports, jobs, features)
    ),
    live.router,
    live.tickets_router,
    webhooks.router,
    deliveries.router,
    erasures.router,
    *(routes.router for routes in (dead_letters, activity, pipelines, status, health, authorize, oauth, swagger)),
    auth.for_callers,
)
"""All that the API answers."""


SENT_BY_PAGES = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-Id", "traceparent")
"""What pages of other origins may send."""


def create_app(services: Services) -> FastAPI:
    """Return the API on these services, which the caller opens and closes."""
    app = FastAPI(
        title="Vedette",
        version="1",
        description=DESCRIPTION.strip(),
        # FastAPI's own pages load their scripts from a network that a private installation may not reach.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.services = services
    directory = ClientDirectory(services.oauth_clients, services.settings.api)
    app.state.callers = Callers(
        services.tokens,
        services.accounts,
        services.sessions,
        services.api_keys,
        directory,
        services.oauth_grants,
    )
    app.state.cursor_seal = CursorSeal(lambda: services.tokens.secrets_for(CURSORS))
    app.state.sessions = Sessions(
        services.sessions, services.accounts, services.tokens, services.settings.api.session_lifetime_s
    )
    throttle = Throttle(services.attempts, services.settings.api)
    app.state.password_checks = PasswordChecks(services.accounts, services.passwords, throttle)
    app.state.audit = AuditTrail(services.publisher)
    app.state.feed = ActivityFeed(services.publisher, services.settings.activity.buffer)
    app.state.alerts = Alerts(app.state.feed.tell)
    app.state.key_watch = KeyWatch(services.attempts, app.state.alerts, services.settings.activity.key_refusals)
    rights = MakersRights(services.accounts, services.api_keys, directory, services.oauth_grants)
    app.state.makers_rights = rights
    app.state.invitations = Invitations(services.invitations, rights)
    app.state.workspace_service = WorkspaceService(services.accounts)
    app.state.account_service = AccountService(services.accounts, app.state.workspace_service, services.passwords)
    app.state.registration = Registration(
        services.settings,
        services.accounts,
        app.state.account_service,
        services.mailed_tokens,
        services.mail,
        services.passwords,
        throttle,
        app.state.invitations,
    )
    app.state.key_service = KeyService(services.api_keys, services.accounts)
    app.state.quotas = Quotas(services.submitted, services.settings.api)
    app.state.rate_limits = RateLimits(services.settings.api)
    app.state.client_directory = directory
    app.state.client_service = ClientService(services.oauth_clients, services.accounts)
    app.state.suspensions = Suspensions(services.api_keys, services.oauth_clients)
    app.state.oauth = _oauth(services, directory)
    app.state.readiness = Readiness(services)
    rules = SourceRules(services.settings.sources, UploadPlace.of(services.settings))
    app.state.submissions = Submissions(
        services.images, services.accounts, services.pipelines, services.publisher, rules, services.backlog
    )
    app.state.job_office = JobOffice(services.jobs, services.job_files, services.accounts, services.pipelines, rules)
    app.state.deletions = Deletions(ImageDeleter(services.images, services.publisher, services.uploads))
    app.state.erasures = Erasures(services.erasures, services.index, services.accounts)
    inbox = app.state.inbox = Inbox(services.settings)
    app.state.uploaded = UploadedImages(services.uploads, app.state.submissions, inbox)
    app.state.on_demand_recognition = OnDemandRecognition(
        services.questions, app.state.submissions, inbox, services.settings.uploads
    )
    app.state.exports = Exports(Exporter(services.index), app.state.callers, services.settings.api)
    app.state.dead_letters = DeadLetterOffice(services.images, services.messages, services.publisher)
    app.state.tickets = Tickets(services.live_tickets)
    app.state.live_hub = _live_hub(services)
    vigil = Vigil(app.state.callers, services.accounts, services.settings.live.recheck_s)
    app.state.live_streams = LiveStreams(app.state.live_hub, vigil, services.settings.live)
    app.state.webhooks = _webhooks(services)
    app.state.webhook_deliveries = DeliveryOffice(app.state.webhooks, services.webhook_deliveries)
    add_routes(app)
    errors.add_error_handlers(app)
    receivers = uploads.RECEIVERS | jobs.RECEIVERS
    # The last one added is the outermost.
    app.add_middleware(
        AdmissionControl,
        settings=services.settings.api,
        receivers=receivers,
        streams=live.STREAMS | exports.STREAMS,
    )
    app.add_middleware(BodyLimit, max_bytes=services.settings.api.max_body_bytes, unlimited=receivers)
    app.add_middleware(HeadLimit)
    if services.settings.api.cors_origins:
        _allow_origins(app, services.settings.api.cors_origins)
    app.add_middleware(
        ActivityWatch, feed=app.state.feed, keys=app.state.key_watch, settings=services.settings.activity
    )
    app.add_middleware(RequestContext, hsts=services.settings.api.hsts)
    app.add_middleware(WebSocketStreams, paths=live.STREAMS)
    app.openapi = lambda: describe(app, oauth=app.state.oauth is not None)  # type: ignore[method-assign]
    return app


def add_routes(app: FastAPI) -> None:
    """Let ``app`` have every route of the API."""
    for router in ROUTERS:
        # Not ``include_router``, which builds each route anew for each app, and only once it is first asked for: the
        # first request to reach a route that stands late waited a third of a second.
        app.router.routes.extend(router.routes)


def _allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins call the API; with a token that they hold, never with a browser's cookies."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_credentials=False,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=SENT_BY_PAGES,
        expose_headers=["X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate"],
        max_age=600,
    )


def _live_hub(services: Services) -> LiveHub:
    settings = services.settings
    cursors = LiveCursors(CursorSeal(lambda: services.tokens.secrets_for(LIVE_CURSORS)))
    return LiveHub(services.outcomes, cursors, TopicOwners(settings.kafka.topic_owners), settings.live, services.images)


def _webhooks(services: Services) -> WebhookService:
    settings = services.settings
    return WebhookService(
        services.webhook_endpoints,
        services.webhook_deliveries,
        services.accounts,
        WebhookKeys(settings),
        WebhookAddresses(settings.webhooks),
        services.resolve,
    )


def _oauth(services: Services, directory: ClientDirectory) -> OAuth | None:
    """Return the authorization server, if it is known at which address it is."""
    if (issuer := services.settings.api.own_url) is None:
        return None
    stores = Stores(directory, services.oauth_grants, services.sessions, services.accounts, services.tokens)
    return OAuth(stores, services.oauth_grants, services.settings.api, issuer)
