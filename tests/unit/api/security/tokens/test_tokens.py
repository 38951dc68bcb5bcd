"""Only tokens that this installation signed, for this API and for now, let anyone in."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.security.tokens.access_tokens import REQUIRED, InvalidToken, TokenSigner, _require_canonical
from api.security.tokens.signing_keys import FixedKeys, key_id
from infra.settings.api import ApiSettings
from schemas.access.accounts import Role, Scope
from schemas.access.credentials import Session
from tests import samples

KEY = Ed25519PrivateKey.generate()
SIGNER = TokenSigner(FixedKeys(KEY), ApiSettings())
KEY_ID = key_id(KEY)
SESSION = uuid.uuid4()
ACCOUNT = samples.account("ada@shop.example", role=Role.ANALYST, workspaces=frozenset({"shop", "atelier"}))


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    good = {
        "iss": "vedette",
        "aud": "vedette-api",
        "sub": str(ACCOUNT.id),
        "sid": str(SESSION),
        "role": "user",
        "workspaces": ["shop"],
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=5),
        "jti": str(uuid.uuid4()),
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(header: dict[str, Any] | None = None, key: Any = KEY, algorithm: str = "EdDSA", **changes: Any) -> str:
    wanted = {"typ": "at+jwt", "kid": KEY_ID} | (header or {})
    # PyJWT leaves out the type alone where it is None.
    headers = {name: value for name, value in wanted.items() if value is not None or name == "typ"}
    return jwt.encode(claims(**changes), key, algorithm, headers=headers)


def unsigned(header: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims(), default=lambda moment: moment.timestamp()).encode()]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, signature))


def hmac_with_public_key() -> str:
    """The classic confusion: the public key as the secret of an HMAC."""
    header = {"alg": "HS256", "typ": "at+jwt", "kid": KEY_ID}
    body = unsigned(header).rpartition(".")[0]
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = hmac.new(public, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def tampered() -> str:
    header, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps({"role": "admin"}).encode()).decode().rstrip("=")
    return f"{header}.{body}.{signature}"


def ago(**span: int) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


FORGED: dict[str, Callable[[], str]] = {
    "algorithm none": lambda: unsigned({"alg": "none", "typ": "at+jwt", "kid": KEY_ID}),
    "algorithm none in capitals": lambda: unsigned({"alg": "NONE", "typ": "at+jwt", "kid": KEY_ID}),
    "hmac keyed with the public key": hmac_with_public_key,
    "another key": lambda: token(key=Ed25519PrivateKey.generate()),
    "another key's id": lambda: token({"kid": "other"}),
    "no key id": lambda: token({"kid": None}),
    "an id token": lambda: token({"typ": "JWT"}),
    "no type": lambda: token({"typ": None}),
    "another audience": lambda: token(aud="billing"),
    "several audiences": lambda: token(aud=["vedette-api", "billing"]),
    "another issuer": lambda: token(iss="https://elsewhere.example"),
    "expired": lambda: token(iat=ago(hours=2), nbf=ago(hours=2), exp=ago(hours=1)),
    "not yet valid": lambda: token(nbf=ago(hours=-1)),
    "issued in the future": lambda: token(iat=ago(hours=-1)),
    "tampered": tampered,
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "an unknown role": lambda: token(role="root"),
    "a subject that is no account": lambda: token(sub="ada"),
    "workspaces that are none": lambda: token(workspaces=["../rival"]),
    "a critical extension": lambda: token({"crit": ["exp"]}),
    "empty": lambda: "",
    "no token at all": lambda: "violet anchors",
    "not ascii": lambda: "ä.ö.ü",
    "nested beyond reason": lambda: base64.urlsafe_b64encode(b"[" * 40_000).decode() + ".e30.",
}


def test_a_signed_token_tells_who_it_is_for() -> None:
    told = SIGNER.verify(SIGNER.sign(ACCOUNT, SESSION))
    assert (told.sub, told.role, told.workspaces) == (ACCOUNT.id, Role.ANALYST, ("atelier", "shop"))


def test_a_token_says_what_it_is_in_the_shape_of_rfc_9068() -> None:
    signed = SIGNER.sign(ACCOUNT, SESSION)
    assert jwt.get_unverified_header(signed) == {"alg": "EdDSA", "typ": "at+jwt", "kid": KEY_ID}
    said = jwt.decode(signed, options={"verify_signature": False})
    assert set(said) == set(REQUIRED)
    assert said["exp"] - said["iat"] == ApiSettings().token_lifetime_s


def test_two_tokens_of_one_account_differ() -> None:
    assert SIGNER.verify(SIGNER.sign(ACCOUNT, SESSION)).jti != SIGNER.verify(SIGNER.sign(ACCOUNT, SESSION)).jti


def test_a_well_formed_token_is_accepted_so_that_the_forgeries_below_mean_something() -> None:
    assert SIGNER.verify(token()).role is Role.USER


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_or_stale_token_is_refused(forge: Callable[[], str]) -> None:
    forged = forge()
    with pytest.raises(InvalidToken):
        SIGNER.verify(forged)


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_token_without_one_of_its_claims_is_refused(missing: str) -> None:
    incomplete = token(**{missing: None})
    with pytest.raises(InvalidToken):
        SIGNER.verify(incomplete)


def test_others_can_verify_our_tokens_with_the_published_key() -> None:
    published = jwt.PyJWKSet.from_dict(SIGNER.jwks())
    signed = SIGNER.sign(ACCOUNT, SESSION)
    key = published[jwt.get_unverified_header(signed)["kid"]]
    assert jwt.decode(signed, key, audience="vedette-api", issuer="vedette")["sub"] == str(ACCOUNT.id)


def test_the_key_is_named_by_its_thumbprint() -> None:
    """The example of RFC 8037, appendix A.3."""
    seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    assert key_id(Ed25519PrivateKey.from_private_bytes(seed)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_published_key_holds_nothing_private() -> None:
    assert set(SIGNER.jwks()["keys"][0]) == {"crv", "kty", "x", "kid", "alg", "use"}


@pytest.mark.parametrize("account", [ACCOUNT, None], ids=["for an account", "for itself"])
def test_a_client_acts_with_the_rights_of_its_account_and_for_itself_with_none(account: Any) -> None:
    now = datetime.now(UTC)
    session = Session(
        id=SESSION, account_id=ACCOUNT.id, generation=1, began_at=now, ends_at=now + timedelta(hours=1), client_id="app"
    )
    scopes = [Scope.RESULTS_READ, Scope.IMAGES_WRITE]
    told = SIGNER.verify(SIGNER.sign_for_client(session, account, scopes))
    assert (told.sub, told.sid, told.client_id) == (ACCOUNT.id, SESSION, "app")
    assert told.scope == "images:write results:read"
    assert told.role is (Role.ANALYST if account else Role.USER)
    assert set(told.workspaces) == ({"shop", "atelier"} if account else set())


@pytest.mark.parametrize(("late_s", "counts"), [(4.5, True), (5.5, False)])
def test_clocks_may_differ_by_five_seconds(late_s: float, counts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = datetime.now(UTC).replace(microsecond=0)
    old = token(exp=ends, iat=ends - timedelta(minutes=5), nbf=ends - timedelta(minutes=5))

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls.fromtimestamp(ends.timestamp() + late_s, tz)

    monkeypatch.setattr("jwt.api_jwt.datetime", Clock)
    if counts:
        assert SIGNER.verify(old).sub == ACCOUNT.id
    else:
        with pytest.raises(InvalidToken):
            SIGNER.verify(old)


def test_a_token_is_read_up_to_a_length_and_no_further() -> None:
    header, signature = "A" * 40, "A" * 86
    body = "A" * (12_000 - len(header) - len(signature) - 2)
    _require_canonical(f"{header}.{body}.{signature}")
    with pytest.raises(InvalidToken):
        _require_canonical(f"{header}.{body}A.{signature}")


@pytest.mark.parametrize("length", range(1, 90))
def test_a_signature_has_one_spelling(length: int) -> None:
    """Held against the bytes that a signature of so many characters can hold, if any."""
    spelled = {base64.urlsafe_b64encode(bytes([last] * (length * 3 // 4))).decode().rstrip("=") for last in range(256)}
    for signature in spelled:
        if len(signature) == length:
            _require_canonical(f"a.b.{signature}")
    if length % 4:
        with pytest.raises(InvalidToken):
            # Either no bytes have this length, or the spare bits of the last character are set.
            _require_canonical(f"a.b.{'A' * (length - 1)}_")
