"""List the pictures beneath a prefix of an object store, page by page."""

from collections.abc import Callable, Iterator
from urllib.parse import unquote

from infra.manifests.object_keys import LISTING_ERRORS, list_keys, open_store, why_listing_ended
from infra.manifests.references import Found, ReferenceTemplate, Refusal
from infra.settings.recognition import SourceSettings
from schemas.texts.uris import object_uri

SCHEMES = frozenset({"s3", "gs", "az"})


def find_objects(
    source: str,
    template: ReferenceTemplate,
    is_picture: Callable[[str], bool],
    *,
    recursive: bool,
    stores: SourceSettings,
) -> Iterator[Found]:
    """Yield a reference for each picture whose key starts with the prefix in ``source``.

    One page of keys is held at a time. A listing that breaks off ends with a refusal, so that it is never mistaken
    for a complete one.
    """
    scheme, _, rest = source.partition("://")
    bucket, _, path = rest.partition("/")
    prefix = unquote(path)
    try:
        for key in list_keys(open_store(scheme.lower(), bucket, stores), prefix):
            if is_picture(key) and (recursive or "/" not in key[len(prefix) :].removeprefix("/")):
                yield template.fill({"uri": object_uri(scheme.lower(), bucket, key)}, f"{source}: {key}")
    except LISTING_ERRORS as error:
        yield Refusal(source, why_listing_ended(error, scheme.lower()))
