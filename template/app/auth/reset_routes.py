"""Setting a password with a link."""

from __future__ import annotations

# Add your pages below this line.
