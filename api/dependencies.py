"""What routes ask for by type: the services, the caller, and the workspace that is meant.

All of it is awaited: FastAPI sends a plain function to a thread, which costs a request more than the function does.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, cast

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.activity.auditing import AuditTrail, RequestAudit
from api.admission.quotas import Quotas, Taken
from api.admission.rate_limits import RateLimits, Standing, headers_of, refusal
from api.http.errors import forbidden
from api.http.middleware import ANSWER_HEADERS
from api.security.alerts import Alerts
from api.security.callers import Callers
from api.security.passwords.checks import PasswordChecks, WatchedChecks
from api.security.proofs import Proof
from api.security.sessions import Sessions
from api.security.tokens.access_tokens import MissingToken
from api.services import Services
from infra.errors import FieldError, InvalidRequest
from infra.recorded_acts import declared_of
from schemas.access.accounts import Principal, Role, Scope
from schemas.images import Owner

bearer = HTTPBearer(auto_error=False, description="A token from POST /v1/auth/token, or an API key.")


async def get_services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


async def get_request_id(request: Request) -> str:
    return cast(str, request.state.request_id)


async def get_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Principal:
    """Return who is asking, found out once a request; raises ``InvalidToken``."""
    if hasattr(request.state, "caller"):
        return cast(Principal, request.state.caller)
    if credentials is None:
        raise MissingToken("no token")
    callers = cast(Callers, request.app.state.callers)
    return await recognise(request, await callers.verify(credentials.credentials))


async def recognise(request: Request, proof: Proof) -> Principal:
    """Let whoever ``proof`` stands for be the caller of the request; raises ``InvalidToken``."""
    callers = cast(Callers, request.app.state.callers)
    request.state.proof = proof
    request.state.caller = await callers.stands_for(proof)
    return cast(Principal, request.state.caller)


async def get_proof(request: Request, _caller: Annotated[Principal, Depends(get_caller)]) -> Proof:
    """Return what the caller has proved."""
    return cast(Proof, request.state.proof)


def take_turn(request: Request, caller: str) -> None:
    """Count a request against what its caller may send, and tell them in the answer; raises ``Overloaded``.

    ``caller`` is the name of a bucket, as ``Principal.bucket`` and ``bucket_of`` say it.
    """
    standing, allowed = cast(RateLimits, request.app.state.rate_limits).take(caller)
    request.state.standings = [standing]
    setattr(request.state, ANSWER_HEADERS, headers_of([standing]))
    if not allowed:
        raise refusal(standing)


async def get_turn(request: Request) -> Callable[[str], None]:
    """Return ``take_turn`` for routes that learn only on the way who is asking."""
    return lambda caller: take_turn(request, caller)


class DailyShare:
    """What the caller of a request may still send today; the answer tells what is left of it."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def take(self, caller: Principal, images: int) -> AbstractAsyncContextManager[Taken]:
        """Count ``images`` unless the block ends in an error; raises ``Overloaded`` and ``TransientError``."""
        return cast(Quotas, self._request.app.state.quotas).take(caller, images, self._tell)

    def _tell(self, standings: Sequence[Standing]) -> None:
        state = self._request.state
        setattr(state, ANSWER_HEADERS, headers_of([*state.standings, *standings]))


async def get_daily_share(request: Request) -> DailyShare:
    return DailyShare(request)


async def get_callers(request: Request) -> Callers:
    return cast(Callers, request.app.state.callers)


async def get_sessions(request: Request) -> Sessions:
    return cast(Sessions, request.app.state.sessions)


async def get_address(request: Request) -> str | None:
    """Return where the request comes from, as far as the trusted proxies tell."""
    return request.client.host if request.client else None


async def get_alerts(request: Request) -> Alerts:
    return cast(Alerts, request.app.state.alerts)


async def get_request_audit(request: Request) -> RequestAudit:
    trail = cast(AuditTrail, request.app.state.audit)
    address = await get_address(request)
    return RequestAudit(
        trail,
        await get_request_id(request),
        address,
        lambda: getattr(request.state, "caller", None),
        declared_of(request.scope.get("endpoint")),
    )


async def get_password_checks(request: Request) -> WatchedChecks:
    checks = cast(PasswordChecks, request.app.state.password_checks)
    return WatchedChecks(checks, await get_request_audit(request), await get_alerts(request))


async def require_scopes(needed: SecurityScopes, caller: Annotated[Principal, Depends(get_caller)]) -> Principal:
    """Return the caller if their token or key is for what the route does; raises 403.

    Every route that is not for everybody depends on this one function, through one of the names below.
    """
    if not caller.scopes.issuperset(needed.scopes):
        raise forbidden()
    return caller


Writer = Annotated[Principal, Security(require_scopes, scopes=[Scope.IMAGES_WRITE])]
Reader = Annotated[Principal, Security(require_scopes, scopes=[Scope.RESULTS_READ])]
ActivityReader = Annotated[Principal, Security(require_scopes, scopes=[Scope.ACTIVITY_READ])]
AuditReader = Annotated[Principal, Security(require_scopes, scopes=[Scope.AUDIT_READ])]
LettersReader = Annotated[Principal, Security(require_scopes, scopes=[Scope.LETTERS_READ])]
LettersWriter = Annotated[Principal, Security(require_scopes, scopes=[Scope.LETTERS_WRITE])]
AccountsAdmin = Annotated[Principal, Security(require_scopes, scopes=[Scope.ACCOUNTS_ADMIN])]
ProfileReader = Annotated[Principal, Security(require_scopes, scopes=[Scope.PROFILE_READ])]
ModelsAdmin = Annotated[Principal, Security(require_scopes, scopes=[Scope.MODELS_ADMIN])]
Person = Annotated[Principal, Security(require_scopes, scopes=[Scope.ACCOUNT])]


async def require_everywhere(caller: Annotated[Principal, Depends(get_caller)]) -> Principal:
    """Return an administrator's own log-in, or a key or client of theirs that reaches every workspace; raises 403.

    A route that is not for one workspace depends on this function beside the scope that it needs.
    """
    if caller.role is not Role.ADMIN or caller.confined:
        raise forbidden()
    return caller


async def require_whole_sight(caller: Annotated[Principal, Depends(get_caller)]) -> Principal:
    """Return a caller who sees every workspace, for what is everybody's; raises 403."""
    if not caller.sees_all:
        raise forbidden()
    return caller


Everywhere = Annotated[Principal, Depends(require_everywhere)]
WholeSight = Annotated[Principal, Depends(require_whole_sight)]


async def require_watcher(_caller: ActivityReader, watcher: WholeSight) -> Principal:
    """Return somebody who may see how the platform is; raises 403."""
    return watcher


async def require_auditor(_caller: AuditReader, everywhere: Everywhere) -> Principal:
    """Return an administrator who may see what administrators did; raises 403."""
    return everywhere


async def require_letters_reader(_caller: LettersReader, everywhere: Everywhere) -> Principal:
    """Return an administrator who may see dead letters; raises 403."""
    return everywhere


async def require_operator(_caller: LettersWriter, everywhere: Everywhere) -> Principal:
    """Return an administrator who may have messages published anew; raises 403."""
    return everywhere


async def require_keeper(_caller: AccountsAdmin, everywhere: Everywhere) -> Principal:
    """Return an administrator who may change accounts and workspaces; raises 403."""
    return everywhere


async def require_model_keeper(_caller: ModelsAdmin, everywhere: Everywhere) -> Principal:
    """Return an administrator who may change which pipeline counts; raises 403."""
    return everywhere


Turn = Annotated[Callable[[str], None], Depends(get_turn)]
DailyShareDep = Annotated[DailyShare, Depends(get_daily_share)]
ServicesDep = Annotated[Services, Depends(get_services)]
ProofDep = Annotated[Proof, Depends(get_proof)]
CallersDep = Annotated[Callers, Depends(get_callers)]
SessionsDep = Annotated[Sessions, Depends(get_sessions)]
PasswordChecksDep = Annotated[WatchedChecks, Depends(get_password_checks)]
Address = Annotated[str | None, Depends(get_address)]
AlertsDep = Annotated[Alerts, Depends(get_alerts)]
AuditDep = Annotated[RequestAudit, Depends(get_request_audit)]
RequestId = Annotated[str, Depends(get_request_id)]
Watcher = Annotated[Principal, Depends(require_watcher)]
Auditor = Annotated[Principal, Depends(require_auditor)]
LetterReader = Annotated[Principal, Depends(require_letters_reader)]
Keeper = Annotated[Principal, Depends(require_keeper)]
Operator = Annotated[Principal, Depends(require_operator)]
ModelKeeper = Annotated[Principal, Depends(require_model_keeper)]

OwnerQuery = Annotated[
    Owner | None, Query(description="The workspace. Default: your workspace, if you have only one.", examples=["shop"])
]


def owner_meant(caller: Principal, owner: str | None) -> str:
    """Return ``owner``, or the caller's only workspace; raises ``InvalidRequest`` where it must be named."""
    if owner is not None:
        return owner
    if len(caller.workspaces) != 1:
        raise InvalidRequest(
            [FieldError(field="owner", message="This account does not have exactly one workspace. Name the workspace.")]
        )
    return next(iter(caller.workspaces))


def owners_in_reach(caller: Principal, owner: str | None) -> frozenset[str] | None:
    """Return the workspaces to search, ``None`` for all; raises 403 for one that the caller may not see.

    The answer is the same whether or not there is such a workspace.
    """
    if owner is not None:
        require_sight(caller, owner)
        return frozenset({owner})
    return None if caller.sees_all else caller.workspaces


def require_sight(caller: Principal, owner: str) -> None:
    if not caller.may_see(owner):
        raise forbidden("This account may not see that workspace.")
