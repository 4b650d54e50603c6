"""Accounts, maintained like app/core: one module for each concern.

The pages of app/auth, the API and `flask users` all use these modules.

Maintained by copier-flask.
"""

from __future__ import annotations

from app.accounts import english
from app.core import texts

texts.add(english.TEXTS)
texts.add(english.OF_ADDRESSES)
