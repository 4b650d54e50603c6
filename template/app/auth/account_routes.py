"""What people do with their accounts."""

from __future__ import annotations

# Add your pages below this line.
