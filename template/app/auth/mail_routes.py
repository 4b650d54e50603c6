"""What needs mail: confirming an address, changing it, a forgotten password."""

from __future__ import annotations

# Add your pages below this line.
