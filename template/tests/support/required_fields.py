"""Values for required columns that the owner has added to `User`.

Maintained by copier-flask.
"""

from __future__ import annotations

from app.accounts.examples import required_fields

__all__ = ["required_fields"]
