"""What administrators are written about webhooks."""

from infra.mail.sending import Letter
from schemas.texts.uris import strip_secrets
from schemas.webhooks.endpoints import Endpoint


def disabled_letter(to: str, endpoint: Endpoint, because: str) -> Letter:
    """Return the letter that says that an endpoint was disabled, why, and what to do."""
    name = f" ({endpoint.description})" if endpoint.description else ""
    parts = (
        f"Vedette has disabled the webhook endpoint {endpoint.id}{name} of workspace {endpoint.owner}:",
        strip_secrets(endpoint.url),
        because,
        "New events are kept in its log of deliveries and are not sent. Repair the endpoint, then enable it with\n"
        f'PATCH /v1/webhooks/{endpoint.id}?owner={endpoint.owner} {{"enabled": true}}\n'
        f"or: vedette admin webhook change {endpoint.owner} {endpoint.id} --enable",
        "Send what was missed with POST /v1/webhooks/{id}/recover, or: vedette admin webhook recover.",
    )
    return Letter(to, f"A webhook endpoint of workspace {endpoint.owner} is disabled", "\n\n".join(parts) + "\n")
