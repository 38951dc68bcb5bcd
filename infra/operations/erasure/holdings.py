"""Everything that the platform keeps anywhere, and what becomes of a workspace's part of it when that is deleted.

Whoever adds a table, a topic, an index or a folder says so here: a test holds this against what there is.
"""

from collections.abc import Mapping
from enum import StrEnum

from schemas.topics import TOPICS


class Fate(StrEnum):
    """What becomes of a workspace's part."""

    IMAGES = "goes with the images"
    WORKSPACE = "goes with the workspace"
    ITSELF = "forgets by itself"
    KEPT = "stays"
    NOTHING = "has nothing of a workspace"


Holding = tuple[Fate, str]
"""What becomes of it, and how or why."""

MARK = (
    "Only the mark stays that an image was deleted: workspace, image_id and when. It keeps late messages from counting."
)

TABLES: Mapping[str, Holding] = {
    "images": (Fate.IMAGES, MARK),
    "results": (Fate.IMAGES, ""),
    "images_by_owner": (Fate.WORKSPACE, "The list of the images goes as a whole."),
    "list_slices": (
        Fate.WORKSPACE,
        "In which ten minutes there were images. Those of the last hour stay, since workers remember them.",
    ),
    "rejections": (Fate.IMAGES, "Dead letters that name no image stay until an administrator discards them."),
    "rejections_by_image": (Fate.IMAGES, ""),
    "erasures": (Fate.KEPT, "The record of the deletion itself, and of erasures before it."),
    "erased_images": (Fate.KEPT, "The signed lists: ids of images that are gone."),
    "retention_runs": (Fate.WORKSPACE, ""),
    "workspaces": (Fate.WORKSPACE, "It goes last."),
    "accounts": (Fate.WORKSPACE, "Members lose the workspace. Their accounts stay."),
    "accounts_by_id": (Fate.NOTHING, ""),
    "api_keys": (Fate.WORKSPACE, "Keys for this workspace alone are deleted. Keys for others as well keep those."),
    "api_keys_by_account": (Fate.WORKSPACE, "As api_keys."),
    "oauth_clients": (
        Fate.WORKSPACE,
        "Applications for others as well keep those. One for this workspace alone is revoked, and stays with its name.",
    ),
    "oauth_consents": (Fate.NOTHING, ""),
    "oauth_codes": (Fate.NOTHING, ""),
    "oauth_log_ins": (Fate.NOTHING, ""),
    "sessions": (Fate.NOTHING, ""),
    "refresh_tokens": (Fate.NOTHING, ""),
    "attempts": (Fate.NOTHING, ""),
    "known_networks": (Fate.NOTHING, ""),
    "mailed_tokens": (Fate.ITSELF, "Letters that name the workspace lapse within days, and count no longer."),
    "invitations": (Fate.WORKSPACE, "Invitations that name the workspace are withdrawn."),
    "live_tickets": (Fate.ITSELF, "Within 30 seconds."),
    "submitted_images": (Fate.NOTHING, "It counts by account and key."),
    "idempotency_keys": (Fate.ITSELF, "Within a day. They contain ids of images."),
    "webhook_endpoints": (Fate.WORKSPACE, ""),
    "webhook_deliveries": (Fate.WORKSPACE, ""),
    "webhook_due": (Fate.WORKSPACE, ""),
    "webhook_due_slices": (Fate.WORKSPACE, ""),
    "jobs": (Fate.WORKSPACE, ""),
    "job_items": (Fate.WORKSPACE, ""),
    "open_jobs": (Fate.WORKSPACE, ""),
    "audit": (Fate.KEPT, "The audit trail: who did what, this deletion included."),
    "audit_slices": (Fate.NOTHING, ""),
    "leases": (Fate.NOTHING, ""),
    "workers": (Fate.NOTHING, ""),
    "model_records": (Fate.NOTHING, ""),
    "pipelines": (Fate.NOTHING, ""),
    "promotions": (Fate.NOTHING, ""),
    "replays": (Fate.NOTHING, ""),
    "unread_ranges": (Fate.NOTHING, "Ranges of topics, of whichever workspaces."),
}
INDICES: Mapping[str, Holding] = {
    "results": (Fate.IMAGES, MARK),
    "activity": (Fate.ITSELF, "Acts and requests, for as long as the settings say. Acts stay in the audit trail."),
}
FOLDERS: Mapping[str, Holding] = {
    "uploads": (Fate.WORKSPACE, "Uploaded pictures, also those of which no image was ever heard."),
    "uploads, jobs": (Fate.WORKSPACE, "Manifests and result files of jobs."),
    "backups": (Fate.ITSELF, "Until they are pruned. A restore deletes the workspace and its images again."),
}
TOPIC: Holding = (Fate.ITSELF, "Kafka deletes messages after the topic's retention time.")


def all_holdings() -> Mapping[str, Holding]:
    """Return every place with what becomes of it."""
    return {
        **{f"table `{name}`": holding for name, holding in TABLES.items()},
        **{f"index `{name}`": holding for name, holding in INDICES.items()},
        **{f"folder {name}": holding for name, holding in FOLDERS.items()},
        **{f"topic `{topic.name}`": TOPIC for topic in TOPICS},
    }
