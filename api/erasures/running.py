"""The loops of erasures and retention, as an API process runs them: it reaches all that they need anyway."""

from datetime import timedelta
from functools import partial

from infra.cassandra.accounts.accounts import AccountStore
from infra.cassandra.erasures.erasures import ErasureStore
from infra.cassandra.erasures.leases import Lease
from infra.cassandra.erasures.retention_runs import RetentionRunStore
from infra.cassandra.images.ages import ImageAges
from infra.cassandra.images.results import ResultStore
from infra.cassandra.session import CassandraSession
from infra.elasticsearch.results import ResultIndex
from infra.kafka.event_bus import Publisher
from infra.objects.upload_store import UploadStore
from infra.operations.erasure.deleting import ImageDeleter
from infra.operations.erasure.keys import open_key
from infra.operations.erasure.loop import ErasureLoop, RetentionLoop, record_end
from infra.operations.erasure.retention import Retention
from infra.operations.erasure.sinks import WorkerProgress
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
    settings: Settings, session: CassandraSession, index: ResultIndex, publisher: Publisher, uploads: UploadStore
) -> ErasureLoop:
    """Return the loop on stores that the API has opened; of many processes one has the lease."""
    store, images = ErasureStore(session), ResultStore(session)
    work = ErasureWork(
        store,
        index,
        images,
        ImageDeleter(images, publisher, uploads),
        WorkerProgress(settings),
        open_key(settings, make=True),
        partial(record_end, publisher),
    )
    return ErasureLoop(store.list_erasures, work, Lease(session, LEASE))
