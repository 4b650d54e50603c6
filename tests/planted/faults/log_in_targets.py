"""Faults in the redirect after a log-in."""

from __future__ import annotations

TARGETS = "app/accounts/redirects.py"
LOGIN = "app/accounts/login.py"
OWN = "tests/maintained/accounts/test_redirects.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "another site is a target": (TARGETS, 'or "//" in decoded_path(path)', "", OWN),
    "a backslash stays one": (TARGETS, "[]|", "[]|\\\\", OWN),
    "what takes no GET is a target": (
        TARGETS, "except MethodNotAllowed:\n        return False",
        "except MethodNotAllowed:\n        return True", OWN,
    ),
    "a hostile path without a view is a target": (
        TARGETS, "return is_plain(wanted)", "return True", OWN,
    ),
    "other applications of the host are targets": (
        TARGETS, 'wanted.startswith(f"{root}/")', 'wanted.startswith("/")', OWN,
    ),
    "pages of other sites are targets": (
        TARGETS, "if parts.netloc != request.host", "if False", OWN,
    ),
    "a form that was sent too late leads nowhere": (
        LOGIN, "answer.location = login_page(answer.location)", "pass", OWN,
    ),
}  # fmt: skip
