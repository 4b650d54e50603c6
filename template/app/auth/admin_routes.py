"""The accounts, for administrators, and invitations."""

from __future__ import annotations

# Add your pages below this line.
