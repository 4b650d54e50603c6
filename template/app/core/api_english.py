"""The English texts of the API that app/core has; see app/core/texts.py.

Maintained by copier-flask.
"""

from __future__ import annotations

from app.core.english import N_

TEXTS: dict[str, str] = {
    "etags.outdated": N_("The resource has changed since you read it."),
    "idempotency.in_use": N_("The first request is not done yet."),
    "idempotency.key": N_("{header} must be 1 to 255 ASCII characters without blanks."),
    "idempotency.reused": N_("This key belongs to another request."),
    "lists.cursor": N_(
        "It is not from the Link of a page in this order: begin without it."
    ),
    "lists.fields": N_("Some fields are invalid: see errors."),
    "merge_patch.json": N_("The body is not JSON."),
    "resources.conflict": N_("It breaks a rule about what else is stored."),
}
