"""The error that ends a command with one line.

Maintained by copier-flask.
"""

from __future__ import annotations


class UpdateError(Exception):
    """A command cannot do its work. The text is one line, with rule and remedy."""
