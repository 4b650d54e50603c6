"""The English texts of the tokens for programs; see app/core/texts.py.

Maintained by copier-flask.
"""

from __future__ import annotations

from app.core.english import N_

TEXTS: dict[str, str] = {
    "api_tokens.characters": N_("The name holds characters that cannot be printed."),
    "api_tokens.empty": N_("A token needs a name."),
    "api_tokens.inactive": N_("The account is not active."),
    "api_tokens.long": N_("The name is longer than {most} characters."),
    "api_tokens.many": N_("An account has at most {most} tokens. Revoke one first."),
    "api_tokens.scopes": N_("The scopes are 'read' or 'read write', not {given}."),
    "bearer.invalid": N_("The token is wrong, or it has expired or was revoked."),
    "bearer.read_only": N_("The token may only read: it lacks the scope write."),
}
