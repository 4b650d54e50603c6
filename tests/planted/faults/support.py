"""Faults in the support modules of a project's tests."""

from __future__ import annotations

APPLICATIONS, MOVED = "tests/support/applications.py", "tests/support/moved.py"
OWN = "tests/maintained/test_support.py"

FAULTS = {
    "answers of tests stay open": (
        APPLICATIONS, "opened.extend([answer[0], ", "opened.extend([", OWN,
    ),
    "large bodies of tests stay open": (
        APPLICATIONS, ', environ["wsgi.input"]])', "])", OWN,
    ),
    "extensions keep what an application set": (
        APPLICATIONS, "        attributes.clear()\n", "", OWN,
    ),
    "old copies of tests are run": (
        MOVED, "True if has_moved(collection_path) else None", "None", OWN,
    ),
    "a test of the owner with an old name is not run": (
        MOVED, ".startswith(beginning)", ".startswith('')", OWN,
    ),
}  # fmt: skip
