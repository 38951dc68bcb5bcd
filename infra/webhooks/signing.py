"""The headers with which a delivery proves where it comes from, by the Standard Webhooks specification."""

from collections.abc import Sequence
from datetime import datetime

from standardwebhooks.webhooks import Webhook


def signed_headers(message_id: str, at: datetime, body: str, secrets: Sequence[str]) -> list[tuple[str, str]]:
    """Return id, moment and one signature for each secret: whoever knows any of them can verify the delivery."""
    signatures = " ".join(Webhook(secret).sign(message_id, at, body) for secret in secrets)
    return [
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", signatures),
    ]
