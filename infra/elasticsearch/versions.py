"""The versions of documents in Elasticsearch: which of two that are about one image is the one that stays.

A document's version orders what is written about one image: four times the version of the reference for its rejection,
one more for what was done about that, two more for a recognition, which therefore wins over both, and a deletion, and
three more for the same reference's answer by a pipeline that was promoted since. What a pipeline says that does not
count lies far below all of that: it is shown where there is nothing else.
"""

from schemas.dead_letters import Rejection, Resolved
from schemas.results import RecognitionResult, VersionedName

# Thirty-one years of versions: how far below its own time stands what a pipeline says that does not count.
ASIDE = 4 * 10**15


def rejection_version(version: int) -> int:
    """Return the document version of the rejection of a reference."""
    return 4 * version


def resolution_version(version: int) -> int:
    """Return the document version of what was done about the rejection of a reference."""
    return rejection_version(version) + 1


def outcome_version(version: int) -> int:
    """Return the document version of the recognition of a reference, or of a deletion."""
    return resolution_version(version) + 1


def aside_version(document_version: int) -> int:
    """Return the version of a document of a pipeline that does not count: below that of every one that does."""
    return max(0, document_version - ASIDE)


def recognition_version(result: RecognitionResult, promoted: VersionedName | None = None) -> int:
    """Return the version of a result's document.

    It counts if its pipeline did when it answered, or is ``promoted``, where it is known which pipeline counts now.
    """
    version = outcome_version(result.origin.version)
    if not result.promoted and result.pipeline != promoted:
        return aside_version(version)
    answers_again = result.replay is not None if promoted is None else result.pipeline == promoted
    return version + answers_again


def rejected_version(rejection: Rejection) -> int:
    """Return the version of a rejection's document."""
    return _standing(rejection, rejection_version(rejection.origin.version))


def resolved_version(resolved: Resolved) -> int:
    """Return the version of the document that tells what was done about a rejection."""
    return _standing(resolved.rejection, resolution_version(resolved.rejection.origin.version))


def _standing(rejection: Rejection, version: int) -> int:
    return version if rejection.promoted else aside_version(version)
