"""Faults in how the database is set up and used."""

from __future__ import annotations

ENGINES = "app/core/engines.py"
OWN = "tests/test_database.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "foreign keys unchecked": (ENGINES, "foreign_keys = ON", "foreign_keys = OFF", OWN),
}
