"""The second half of the judgement: whether both stores hold what the topics say, image by image."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from infra.elasticsearch.versions import aside_version, outcome_version, rejection_version
from infra.operations.reconcile.findings import Findings
from infra.operations.reconcile.outdated import find_outdated
from infra.operations.reconcile.records.records import Kind, Mark, MessagePlace, TraceRecord
from schemas.records.reconciliation import CASSANDRA, ELASTICSEARCH, TOPICS

NEVER = -1
# Before references had numbers, their versions lay within the millisecond in which they were appended.
US_PER_MS = 1000


class ImageVerdict(StrEnum):
    """What became of one reference, the worst first: a reference may have an answer of each of several pipelines."""

    LOST = "lost"
    PENDING = "pending"
    DELETED = "deleted"
    RECOGNISED = "recognised"
    DISCARDED = "discarded"
    REJECTED = "rejected"


ORDER = list(ImageVerdict)
VERDICTS = {
    Kind.RESULT: ImageVerdict.RECOGNISED,
    Kind.REJECTION: ImageVerdict.REJECTED,
    Kind.DISCARD: ImageVerdict.DISCARDED,
}


@dataclass
class StoredImage:
    """What both stores hold of one image, or of one message that names none."""

    recognised: int = NEVER
    rejected: int = NEVER
    deleted: int = NEVER
    announced: int = NEVER
    results: dict[int, int] = field(default_factory=dict)
    documents: int = 0
    document: int = NEVER
    shows_rejection: bool = False

    def learn(self, record: TraceRecord) -> None:
        if record.kind is Kind.STORED_RESULT:
            self.results[record.pipeline] = record.version
        elif record.kind is Kind.DOCUMENT:
            self._learn_document(record)
        elif record.kind is Kind.ROW_DELETED:
            self.deleted = record.version
        elif record.kind is Kind.ROW_ANNOUNCED:
            self.announced = record.version
        elif record.kind is Kind.ROW_RECOGNISED:
            self.recognised = record.version
        else:
            self.rejected = record.version

    def _learn_document(self, record: TraceRecord) -> None:
        self.documents += 1
        if record.version > self.document:
            self.document = record.version
            self.shows_rejection = Mark.SHOWS_REJECTION in record.marks

    def is_stored(self, claim: TraceRecord) -> bool:
        """Whether Cassandra holds the outcome, or a newer one in its place."""
        if claim.version <= self.deleted:
            return True
        if claim.kind is Kind.DELETION:
            return False
        if claim.kind is Kind.RESULT:
            answered = self.results.get(claim.pipeline, NEVER)
            # A replay by a pipeline that does not count leaves the image's status as it is.
            return claim.version <= (answered if Mark.ASIDE in claim.marks else min(self.recognised, answered))
        return claim.version <= self.rejected

    def is_indexed(self, claim: TraceRecord) -> bool:
        """Whether Elasticsearch holds the outcome, or a newer one in its place."""
        counts_more = claim.kind in (Kind.RESULT, Kind.DELETION)
        version = (outcome_version if counts_more else rejection_version)(claim.version)
        return (aside_version(version) if Mark.ASIDE in claim.marks else version) <= self.document

    def answer_to(self, claim: TraceRecord) -> ImageVerdict | None:
        """Return what Cassandra knows of a reference that has no outcome any more; None where it knows nothing."""
        for verdict, version in (
            (ImageVerdict.RECOGNISED, self.recognised),
            (ImageVerdict.REJECTED, self.rejected),
        ):
            if version == claim.order or claim.version <= version < claim.version + US_PER_MS:
                return verdict
        return ImageVerdict.DELETED if claim.version <= self.deleted else None

    def contradicts(self, claim: TraceRecord) -> bool:
        """Whether a rejection of the very reference whose result this is stands open in Elasticsearch."""
        counts = claim.kind is Kind.RESULT and Mark.ASIDE not in claim.marks
        return counts and self.shows_rejection and self.document == rejection_version(claim.version)


@dataclass
class Settlement:
    """What topics and stores together tell."""

    lost: Findings = field(default_factory=Findings)
    doubled: Findings = field(default_factory=Findings)
    outdated: Findings = field(default_factory=Findings)
    """The newest references of images of which a store holds an older one's outcome as the newest."""
    verdicts: Counter[ImageVerdict] = field(default_factory=Counter)
    lost_deletions: int = 0
    announced: int = 0
    """Images that the API took, and of which no reference is known."""

    def settle(self, bucket: Iterable[TraceRecord]) -> None:
        """Judge a bucket of images: what the topics claim of each, and what the stores hold."""
        stored: defaultdict[bytes, StoredImage] = defaultdict(StoredImage)
        claims: defaultdict[bytes, list[TraceRecord]] = defaultdict(list)
        for record in bucket:
            if record.kind in VERDICTS or record.kind in (Kind.DELETION, Kind.UNANSWERED):
                claims[record.key].append(record)
            else:
                stored[record.key].learn(record)
        for key, claimed in claims.items():
            self._settle_image(stored[key], claimed)
        self.announced += sum(image.announced != NEVER and key not in claims for key, image in stored.items())

    def _settle_image(self, image: StoredImage, claims: list[TraceRecord]) -> None:
        deleted = max((claim.version for claim in claims if claim.kind is Kind.DELETION), default=NEVER)
        by_reference: defaultdict[MessagePlace, list[TraceRecord]] = defaultdict(list)
        for claim in claims:
            by_reference[claim.place].append(claim)
        for place, of_reference in by_reference.items():
            self._settle_reference(place, image, of_reference, deleted)
        outdated: defaultdict[MessagePlace, list[str]] = defaultdict(list)
        for newest, store in find_outdated(image, claims):
            outdated[newest.place].append(store)
        for place, stores in outdated.items():
            self.outdated.add(place, stores)
        if image.documents > 1:
            self.doubled.add(max(claims, key=lambda claim: claim.version).place)

    def _settle_reference(
        self, place: MessagePlace, image: StoredImage, claims: list[TraceRecord], deleted: int
    ) -> None:
        if claims[0].kind is Kind.UNANSWERED:
            self._settle_unanswered(place, image, claims[0])
            return
        if any(image.contradicts(claim) and Mark.INDEXED_PAST in claim.marks for claim in claims):
            self.doubled.add(place)
        missing = tuple(sorted({store for claim in claims for store in _missing_from(image, claim)}))
        if missing:
            self.lost.add(place, missing)
        if claims[0].kind is Kind.DELETION:
            self.lost_deletions += bool(missing)
            return
        verdicts = [_verdict(image, claim, deleted) for claim in claims]
        self.verdicts[ImageVerdict.LOST if missing else min(verdicts, key=ORDER.index)] += 1

    def _settle_unanswered(self, place: MessagePlace, image: StoredImage, claim: TraceRecord) -> None:
        """An outcome that the topics hold no more counts where both stores hold it."""
        known = image.answer_to(claim)
        missing = [TOPICS]
        if known is None:
            missing.append(CASSANDRA)
        if image.document < rejection_version(claim.version):
            missing.append(ELASTICSEARCH)
        if known is not None and len(missing) == 1:
            self.verdicts[known] += 1
        elif Mark.RECOGNISED_PAST in claim.marks:
            self.verdicts[ImageVerdict.LOST] += 1
            self.lost.add(place, missing)
        else:
            self.verdicts[ImageVerdict.PENDING] += 1


def _missing_from(image: StoredImage, claim: TraceRecord) -> Iterable[str]:
    """Yield the stores that should hold the outcome, since their sinks have acknowledged it, and do not."""
    if Mark.STORED_PAST in claim.marks and not image.is_stored(claim):
        yield CASSANDRA
    if Mark.INDEXED_PAST in claim.marks and not image.is_indexed(claim) and not image.contradicts(claim):
        yield ELASTICSEARCH


def _verdict(image: StoredImage, claim: TraceRecord, deleted: int) -> ImageVerdict:
    if not (image.is_stored(claim) and (image.is_indexed(claim) or image.contradicts(claim))):
        return ImageVerdict.PENDING
    return ImageVerdict.DELETED if claim.version <= max(deleted, image.deleted) else VERDICTS[claim.kind]
