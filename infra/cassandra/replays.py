"""How far each replay has come, in Cassandra."""

import hashlib

from infra.cassandra.session import CassandraSession
from schemas.messages.replays import History, ReplayState
from schemas.results import VersionedName

FIND = "SELECT state FROM {keyspace}.replays WHERE name = ?"
SAVE = "INSERT INTO {keyspace}.replays (name, state) VALUES (?, ?)"


class ReplayStates:
    """One state for each pipeline and history; methods raise ``TransientError`` while Cassandra does not answer."""

    def __init__(self, session: CassandraSession) -> None:
        self._session = session

    async def find(self, pipeline: VersionedName, history: History) -> ReplayState | None:
        rows = await self._session.execute(FIND, (_name(pipeline, history),))
        return ReplayState.model_validate_json(rows[0].state) if rows else None

    async def save(self, pipeline: VersionedName, history: History, state: ReplayState) -> None:
        await self._session.execute(SAVE, (_name(pipeline, history), state.model_dump_json()))


def _name(pipeline: VersionedName, history: History) -> str:
    return hashlib.sha256(f"{pipeline}\0{history.model_dump_json()}".encode()).hexdigest()
