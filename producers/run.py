"""One run of publishing: everything that was found, once or repeated for load."""

from collections.abc import Iterable, Iterator

from infra.manifests.references import Found, Refusal
from producers.publisher import ImagePublisher
from producers.report import PublishReport
from schemas.images import ImageReference

MAX_IMAGE_ID_CHARACTERS = 128


def publish_all(found: Iterable[Found], publisher: ImagePublisher, report: PublishReport, *, repeat: int = 1) -> None:
    """Publish every reference and count every refusal; returns once all references have an outcome.

    With ``repeat`` the list is held in memory and published so many times, each time under other image_ids.
    """
    with report.progress():
        for one in found if repeat == 1 else repeated(found, repeat):
            if isinstance(one, Refusal):
                report.count_refused(one)
            else:
                publisher.publish(one)
        publisher.flush()


def repeated(found: Iterable[Found], times: int) -> Iterator[Found]:
    """Yield each refusal once and the list of references ``times`` times, named ``<image_id>-r0001`` and so on."""
    references = []
    for one in found:
        if isinstance(one, Refusal):
            yield one
        else:
            references.append(one)
    for turn in range(1, times + 1):
        for reference in references:
            yield _renamed(reference, f"-r{turn:04d}")


def _renamed(reference: ImageReference, suffix: str) -> Found:
    image_id = reference.identity.image_id + suffix
    if len(image_id) > MAX_IMAGE_ID_CHARACTERS:
        return Refusal(reference.public_uri, "image_id: too long to be repeated under another name")
    return reference.model_copy(update={"image_id": image_id})
