"""Results, rejections and deletions as the platform makes them, with what a test does not care about filled in."""

import base64
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from schemas.access.accounts import ROLE_SCOPES, Account, Principal, Role, Scope, Workspace
from schemas.access.credentials import ApiKey, Session
from schemas.access.invitations import Invitation, Maker
from schemas.access.oauth import AuthorizationCode, Consent, Grant, OAuthClient
from schemas.answers import (
    Box,
    DetectedObject,
    DominantColour,
    EmbeddingAnswer,
    Face,
    FacesAnswer,
    FeatureAnswers,
    HashAnswer,
    Label,
    LabelsAnswer,
    ModerationAnswer,
    ModerationCategory,
    ObjectsAnswer,
    PropertiesAnswer,
    TextAnswer,
    TextLine,
)
from schemas.dead_letters import DeadLetter, Reason, Rejection, Resolution, Resolved
from schemas.images import ImageIdentity, ImageReference, Origin
from schemas.messages.questions import Answered
from schemas.records.erasures import Erasure
from schemas.records.pipelines import DEFAULT_PIPELINE, Action, Promotion
from schemas.results import ImageDeleted, ImageFacts, Recognition, RecognitionResult, StageTimings
from schemas.webhooks.deliveries import Delivery, DeliveryState, delivery_id_of, message_id_of
from schemas.webhooks.endpoints import Endpoint, SealedSecret
from schemas.webhooks.events import WebhookType

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAT = Label(name="Egyptian cat", confidence=0.8)
EMBEDDING = base64.b64encode(bytes(range(256))).decode()
PROPERTIES = PropertiesAnswer(
    model="properties@1",
    dominant_colours=(
        DominantColour(rgb=(250, 0, 0), hex="#fa0000", css="red", share=0.5),
        DominantColour(rgb=(225, 5, 0), hex="#e10500", css="red", share=0.3),
        DominantColour(rgb=(1, 1, 1), hex="#010101", css="black", share=0.2),
    ),
    brightness=0.4,
    contrast=0.3,
    sharpness=0.6,
)
OBJECTS = ObjectsAnswer(
    model="finder@1",
    objects=(
        DetectedObject(name="dog", confidence=0.9, box=Box(left=0.1, top=0.2, width=0.3, height=0.4)),
        DetectedObject(name="car", confidence=0.6, box=Box(left=0.5, top=0.0, width=0.5, height=0.25)),
        DetectedObject(name="dog", confidence=0.3, box=Box(left=0.0, top=0.0, width=1.0, height=1.0)),
    ),
)
FACES = FacesAnswer(
    model="blazeface@1",
    faces=(
        Face(confidence=0.9, box=Box(left=0.4, top=0.1, width=0.2, height=0.25)),
        Face(confidence=0.6, box=Box(left=0.0, top=0.5, width=0.1, height=0.1)),
    ),
)
MODERATION = ModerationAnswer(
    model="nsfw@1",
    categories=(
        ModerationCategory(name="Explicit", confidence=0.9),
        ModerationCategory(name="Explicit Nudity", parent="Explicit", confidence=0.7),
    ),
)
NO_FACES = FacesAnswer(model="blazeface@1", faces=())
TEXT = TextAnswer(
    model="ppocr@1",
    text="Fragile\nThis side UP",
    lines=(
        TextLine(
            text="Fragile",
            confidence=0.99,
            box=Box(left=0.1, top=0.1, width=0.3, height=0.1),
            corners=((0.1, 0.1), (0.4, 0.1), (0.4, 0.2), (0.1, 0.2)),
        ),
        TextLine(
            text="This side UP",
            confidence=0.95,
            box=Box(left=0.1, top=0.3, width=0.5, height=0.1),
            corners=((0.1, 0.3), (0.6, 0.3), (0.6, 0.4), (0.1, 0.4)),
        ),
    ),
)
HASH = HashAnswer(model="phash@1", perceptual="c2924c5532bddfc8")

# Far from those that fake publishers give, so that no two messages ever stand at one place.
_offsets = itertools.count(1_000_000)


def origin(at_s: float = 0.0, offset: int | None = None) -> Origin:
    """Return where a reference stood that was appended ``at_s`` seconds after ``START``."""
    moment = START + timedelta(seconds=at_s)
    number = next(_offsets) if offset is None else offset
    return Origin(topic="image-references", partition=0, offset=number, appended_at_ms=int(moment.timestamp() * 1000))


def numbered(sequence_s: float, at_s: float = 0.0, offset: int | None = None) -> Origin:
    """Return such a place with a number, ``sequence_s`` seconds after ``START``."""
    sequence = round((START + timedelta(seconds=sequence_s)).timestamp() * 1_000_000)
    return origin(at_s, offset).model_copy(update={"sequence": sequence})


def identity(owner: str, image_id: str = "a.jpg") -> ImageIdentity:
    return ImageIdentity(owner=owner, image_id=image_id)


def reference(owner: str, image_id: str = "a.jpg", **fields: Any) -> ImageReference:
    return ImageReference(
        owner=owner, image_id=image_id, uri=f"s3://photos/{image_id}?X-Amz-Signature=secret", **fields
    )


def result(
    owner: str,
    image_id: str = "a.jpg",
    *,
    of: Origin | None = None,
    labels: tuple[Label, ...] = (CAT,),
    **fields: Any,
) -> RecognitionResult:
    """Return a result of the reference that stood at ``of``."""
    stood = of or origin()
    known: dict[str, Any] = {
        "uri": f"s3://photos/{image_id}",
        "pipeline": "standard@1",
        "image": ImageFacts(sha256="0" * 64, size_bytes=1000, format="JPEG", width=640, height=480),
        "features": FeatureAnswers(
            labels=LabelsAnswer(model="lite0@1", labels=labels),
            embedding=embedding_of("lite0@1"),
        ),
        "recognised_at": stood.appended_at + timedelta(seconds=0.5),
        "host": "worker-1",
        "timings": StageTimings(queue_ms=1, fetch_ms=2, decode_ms=3, inference_ms=40, batch_size=8),
    }
    key = identity(owner, image_id).image_key
    return RecognitionResult(owner=owner, image_id=image_id, image_key=key, origin=stood, **known | fields)


def embedding_of(model: str) -> EmbeddingAnswer:
    """Return what every image looks like to that model."""
    return EmbeddingAnswer(model=model, dimensions=256, values=EMBEDDING)


def answered(features: FeatureAnswers) -> Answered:
    """Return the answer to a question that asked for these features."""
    seen = result("shop", "question", features=features)
    return Answered(**{name: getattr(seen, name) for name in Recognition.model_fields})


def rejection(
    owner: str | None, image_id: str | None = "a.jpg", *, of: Origin | None = None, **fields: Any
) -> Rejection:
    """Return the rejection of the reference that stood at ``of``."""
    stood = of or origin()
    known: dict[str, Any] = {
        "reason": Reason.CORRUPT_IMAGE,
        "detail": "The image ends in the middle.",
        "uri": f"s3://photos/{image_id}",
        "pipeline": "standard@1",
        "host": "worker-1",
        "rejected_at": stood.appended_at + timedelta(seconds=0.5),
    }
    return Rejection(owner=owner, image_id=image_id, origin=stood, **known | fields)


def letter(rejected: Rejection, **fields: Any) -> DeadLetter:
    """Return a rejection as administrators see it."""
    return DeadLetter(**rejected.model_dump(), **fields)


def resolved(rejected: Rejection, resolution: Resolution, at_s: float = 1000) -> Resolved:
    """Return what somebody did about a rejection, ``at_s`` seconds after ``START``."""
    return Resolved(rejection=rejected, resolution=resolution, by="anna", at=START + timedelta(seconds=at_s))


def deletion(owner: str, image_id: str = "a.jpg", *, of: Origin | None = None) -> tuple[ImageDeleted, Origin]:
    """Return a deletion and where it stood itself."""
    stood = of or origin()
    key = identity(owner, image_id).image_key
    return ImageDeleted(owner=owner, image_id=image_id, image_key=key, deleted_at=stood.appended_at), stood


def workspace(workspace_id: str, **fields: Any) -> Workspace:
    return Workspace(
        **{"id": workspace_id, "name": "The shop", "allowed_prefixes": ("s3://shop-*/",), "created_at": START} | fields
    )


def account(email: str, **fields: Any) -> Account:
    known: dict[str, Any] = {
        "id": uuid4(),
        "email": email,
        "password_hash": "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA",
        "role": Role.USER,
        "workspaces": frozenset({"shop"}),
        "created_at": START,
    }
    return Account(**known | fields)


def principal(role: Role = Role.USER, **fields: Any) -> Principal:
    """A person who is logged in."""
    known: dict[str, Any] = {"account_id": uuid4(), "role": role, "workspaces": frozenset({"shop"})}
    return Principal(**{**known, "scopes": ROLE_SCOPES[role], **fields})


def erasure(**fields: Any) -> Erasure:
    known: dict[str, Any] = {
        "id": uuid4(),
        "by": "ops@desk",
        "owner": "shop",
        "sought": "owner shop, metadata customer",
        "confirmed": 3,
        "begun_at": START,
    }
    return Erasure(**{**known, **fields})


def invitation(**fields: Any) -> Invitation:
    known: dict[str, Any] = {
        "id": uuid4(),
        "email": "eve@shop.example",
        "maker": Maker(account_id=uuid4(), generation=0),
        "made_at": START,
        "expires_at": START + timedelta(days=7),
    }
    return Invitation(**{**known, **fields})


def session(**fields: Any) -> Session:
    now = datetime.now(UTC).replace(microsecond=0)
    known: dict[str, Any] = {
        "id": uuid4(),
        "account_id": uuid4(),
        "generation": 3,
        "began_at": now,
        "ends_at": now + timedelta(days=1),
    }
    return Session(**known | fields)


def api_key(**fields: Any) -> ApiKey:
    known: dict[str, Any] = {
        "prefix": uuid4().hex[:10],
        "digest": uuid4().bytes,
        "account_id": uuid4(),
        "name": "The warehouse's scanner",
        "scopes": frozenset({Scope.IMAGES_WRITE}),
        "created_at": START,
    }
    return ApiKey(**known | fields)


def client(**fields: Any) -> OAuthClient:
    """Return a public client that may have people log in."""
    known: dict[str, Any] = {
        "id": str(uuid4()),
        "name": "The shop's album",
        "grants": frozenset({Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN}),
        "redirect_uris": ("https://album.example/back",),
        "scopes": frozenset({Scope.RESULTS_READ, Scope.PROFILE_READ}),
        "created_at": START,
    }
    return OAuthClient(**known | fields)


def consent(**fields: Any) -> Consent:
    known: dict[str, Any] = {
        "id": uuid4(),
        "account_id": uuid4(),
        "client_id": str(uuid4()),
        "scopes": frozenset({Scope.RESULTS_READ}),
        "given_at": START,
    }
    return Consent(**known | fields)


def authorization_code(**fields: Any) -> AuthorizationCode:
    known: dict[str, Any] = {
        "client_id": str(uuid4()),
        "account_id": uuid4(),
        "generation": 2,
        "consent_id": uuid4(),
        "session_id": uuid4(),
        "redirect_uri": "https://album.example/back",
        "scopes": frozenset({Scope.RESULTS_READ, Scope.PROFILE_READ}),
        "challenge": "A" * 43,
        "issued_at": START,
    }
    return AuthorizationCode(**known | fields)


def promotion(number: int, pipeline: str, **fields: Any) -> Promotion:
    known: dict[str, Any] = {"action": Action.PROMOTE, "replaced": DEFAULT_PIPELINE.id, "by": "ada@ops-1", "at": START}
    return Promotion(number=number, pipeline=pipeline, **known | fields)


def endpoint(owner: str = "shop", **fields: Any) -> Endpoint:
    known = {
        "id": f"we_{base64.b32encode(uuid4().bytes).decode().rstrip('=').lower()}",
        "owner": owner,
        "url": "https://hooks.shop.example/vedette",
        "events": frozenset(WebhookType),
        "secrets": (SealedSecret(sealed="sealed"),),
        "created_at": START,
        "changed_at": START,
    }
    return Endpoint.model_validate(known | fields)


def delivery(of: Endpoint, **fields: Any) -> Delivery:
    created_at = fields.get("created_at", datetime.now(UTC).replace(microsecond=0))
    event_id = str(uuid4())
    known = {
        "id": delivery_id_of(of.id, event_id, round(created_at.timestamp() * 1000)),
        "endpoint_id": of.id,
        "owner": of.owner,
        "message_id": message_id_of(of.id, event_id),
        "type": WebhookType.IMAGE_RECOGNISED,
        "subject": "a.jpg",
        "created_at": created_at,
        "state": DeliveryState.DUE,
        "next_at": created_at,
    }
    return Delivery.model_validate(known | fields)
