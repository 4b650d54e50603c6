"""The fixtures of the maintained tests, which have what tests/conftest.py replaces."""

from __future__ import annotations

from tests.support.fixtures import app  # noqa: F401  # pytest finds it here
from tests.support.fixtures import client  # noqa: F401  # the same
from tests.support.fixtures import make_app  # noqa: F401  # the same
from tests.support.fixtures import runner  # noqa: F401  # the same
