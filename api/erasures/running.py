"""The loops of erasures and retention, as an API process runs them: it reaches all that they need anyway."""

from datetime import timedelta
from functools import partial

from api.activity.auditing import AuditTrail
from api.invitations.service import Invitations
from api.oauth.clients.service import ClientService
from api.oauth.directory import ClientDirectory
from api.security.makers_rights import MakersRights
from api.workspaces.belongings import WorkspaceBelongings
from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.accounts.api_keys import ApiKeyStore
from infra.cassandra.accounts.invitations import InvitationStore
from infra.cassandra.accounts.oauth import OAuthClientStore, OAuthGrantStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.erasures.leases import Lease
from infra.cassandra.erasures.retention_runs import RetentionRunStore
from infra.cassandra.images.ages import ImageAges
from infra.cassandra.images.owned import OwnedImages
from infra.cassandra.images.results import ResultStore
from infra.cassandra.jobs.jobs import JobStore
from infra.cassandra.session import CassandraSession
from infra.cassandra.webhooks.deliveries import WebhookDeliveryStore
from infra.cassandra.webhooks.endpoints import WebhookEndpointStore
from infra.cassandra.webhooks.remains import WebhookRemains
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import Publisher
from infra.objects.job_files import JobFiles
from infra.objects.upload_store import UploadStore
from infra.operations.audit.acts import Act, ActRecorder
from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.keys import open_key
from infra.operations.erasure.loop import ErasureLoop, RetentionLoop, record_end
from infra.operations.erasure.retention import Retention
from infra.operations.erasure.service import Erasures
from infra.operations.erasure.sinks import WorkerProgress
from infra.operations.erasure.traces import ImageTraces
from infra.operations.erasure.work import ErasureWork
from infra.settings.settings import Settings

LEASE = "erasures"
RETENTION_LEASE = "retention"


def retention_loop(
    settings: Settings, session: CassandraSession, publisher: Publisher, uploads: UploadStore
) -> RetentionLoop:
    """Return the loop that deletes what workspaces keep for no longer, on the same stores."""
    images = ResultStore(session)
    deleter = ImageDeleter(images, publisher, uploads)
    runs = RetentionRunStore(session)
    retention = Retention(AccountStore(session), ImageAges(session), images, deleter, uploads, runs)
    every = timedelta(hours=settings.erasure.retention_every_h)
    return RetentionLoop(retention, Lease(session, RETENTION_LEASE), every)


def erasure_loop(
    settings: Settings,
    session: CassandraSession,
    index: ResultIndex,
    publisher: Publisher,
    uploads: UploadStore,
    job_files: JobFiles,
) -> ErasureLoop:
    """Return the loop on stores that the API has opened; of many processes one has the lease."""
    store, images, accounts = ErasureStore(session), ResultStore(session), AccountStore(session)
    act = ActRecorder(AuditTrail(publisher)).act
    logs = WebhookDeliveryStore(session, settings.webhooks.retention_days)
    work = ErasureWork(
        store,
        index,
        images,
        ImageDeleter(images, publisher, uploads),
        WorkerProgress(settings),
        open_key(settings, make=True),
        partial(record_end, publisher),
        ImageTraces(WebhookRemains(WebhookEndpointStore(session), logs), JobStore(session), job_files),
        _belongings(settings, session, uploads, job_files, act),
    )
    return ErasureLoop(Erasures(store, index, accounts), work, Lease(session, LEASE), act)


def _belongings(
    settings: Settings, session: CassandraSession, uploads: UploadStore, job_files: JobFiles, act: Act
) -> WorkspaceBelongings:
    accounts, keys, clients = AccountStore(session), ApiKeyStore(session), OAuthClientStore(session)
    rights = MakersRights(accounts, keys, ClientDirectory(clients, settings.api), OAuthGrantStore(session))
    return WorkspaceBelongings(
        accounts=accounts,
        keys=keys,
        clients=ClientService(clients, accounts),
        invitations=Invitations(InvitationStore(session), rights),
        endpoints=WebhookEndpointStore(session),
        logs=WebhookDeliveryStore(session, settings.webhooks.retention_days),
        jobs=JobStore(session),
        job_files=job_files,
        pictures=uploads,
        owned=OwnedImages(session),
        runs=RetentionRunStore(session),
        act=act,
    )
