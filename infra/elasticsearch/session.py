"""One connection to Elasticsearch for asyncio: credentials, TLS, and errors of our three kinds."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from elastic_transport import ConnectionError as Unreachable
from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elastic_transport.client_utils import DEFAULT
from elasticsearch import ApiError, AsyncElasticsearch, OrjsonSerializer

from infra.errors import ConfigurationError, NoServer, NotSetUp, OutsideSystem, TransientError
from infra.settings.servers import ElasticsearchSettings

NDJSON = "application/x-ndjson"
JSON = "application/json"
# Other faults of TLS may be those of a server that is just starting or ending.
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
MISSING_INDEX = "index_not_found_exception"


class MissingIndex(NotSetUp):
    """An index, or the alias that stands for it, does not exist."""

    def __init__(self, index: str) -> None:
        super().__init__("Elasticsearch", f"index {index}", "vedette rebuild index")


class ElasticsearchSession:
    """Requests to Elasticsearch, awaited.

    Raises ``TransientError`` where it cannot answer now: it is unreachable, too busy or broken. Retrying is the
    caller's. A refused login or certificate is a ``ConfigurationError``; any other refusal is the client's
    ``ApiError``, a bug.
    """

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client

    @classmethod
    def open(cls, settings: ElasticsearchSettings) -> "ElasticsearchSession":
        """Prepare to talk to the cluster of the settings; nothing is sent yet."""
        if not settings.urls:
            raise NoServer(
                "no Elasticsearch is known: set VEDETTE_ELASTICSEARCH__URLS, or start the embedded one: `vedette up`"
            )
        return cls(build_client(settings))

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        params: Mapping[str, Any] | None = None,
        absent_is_none: bool = False,
    ) -> Any:
        """Return the parsed answer; ``body`` in bytes is a bulk request. With ``absent_is_none`` a 404 gives None."""
        headers = {"accept": JSON}
        if body is not None:
            headers["content-type"] = NDJSON if isinstance(body, bytes) else JSON
        try:
            return (await self._client.perform_request(method, path, params=params, headers=headers, body=body)).body
        except ApiError as error:
            if absent_is_none and error.status_code == HTTPStatus.NOT_FOUND:
                return None
            raise explain(error) from error
        except TransportError as error:
            raise explain(error) from error

    async def close(self) -> None:
        await self._client.close()


def build_client(settings: ElasticsearchSettings) -> AsyncElasticsearch:
    """Return the client for these settings. It retries nothing by itself: every retry is seen and counted."""
    login = None
    if settings.username is not None:
        login = (settings.username, settings.password.get_secret_value() if settings.password else "")
    return AsyncElasticsearch(
        settings.urls,
        basic_auth=login,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        ca_certs=str(settings.ca_location) if settings.ca_location else DEFAULT,
        request_timeout=settings.request_timeout_s,
        max_retries=0,
        retry_on_timeout=False,
        serializers={JSON: OrjsonSerializer()},
    )


def explain(error: ApiError | TransportError) -> Exception:
    """Return the error to raise instead of the client's; one that is a bug is returned as it is."""
    if isinstance(error, ApiError):
        return _explain_status(error)
    if isinstance(error, TlsError) and UNTRUSTED in error.message:
        return ConfigurationError(
            f"Elasticsearch's certificate is not trusted: check VEDETTE_ELASTICSEARCH__CA_LOCATION ({error.message})"
        )
    if isinstance(error, Unreachable | ConnectionTimeout | SerializationError):
        return TransientError(f"Elasticsearch does not answer: {error.message}", part=OutsideSystem.ELASTICSEARCH)
    return error


def is_transient(status: int) -> bool:
    """Whether an answer with this status may be another one later."""
    return status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _explain_status(error: ApiError) -> Exception:
    status = error.status_code
    if error.error == MISSING_INDEX:
        return MissingIndex(str(error.info["error"].get("index", "")))
    if is_transient(status):
        return TransientError(
            f"Elasticsearch cannot do it now ({status}): {error.message}", part=OutsideSystem.ELASTICSEARCH
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ConfigurationError(
            f"Elasticsearch refuses the login ({status}): check VEDETTE_ELASTICSEARCH__USERNAME and __PASSWORD, "
            "or __API_KEY, and what they may do with the index"
        )
    return error
