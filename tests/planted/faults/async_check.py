"""Faults in the check for async functions under gevent's workers."""

from __future__ import annotations

MODULE = "app/core/async_check.py"
OWN = "tests/maintained/core/test_async_check.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "decorated views are not seen": (
        MODULE, "yield inspect.unwrap(registered)", "yield registered", OWN,
    ),
    "hooks before requests are not seen": (
        MODULE, "        app.before_request_funcs,\n", "", OWN,
    ),
    "view classes are not seen": (MODULE, '"view_class"', '"no_class"', OWN),
    "the command says nothing": (MODULE, "        sys.exit(", "        print(", OWN),
}  # fmt: skip
