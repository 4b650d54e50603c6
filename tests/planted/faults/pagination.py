"""Faults in the pages of a list, and in the example content."""

from __future__ import annotations

PAGES = "app/core/pagination.py"
TESTS = "tests/maintained/core/test_pagination.py"
SEEDING = "app/core/seeding.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a page too far is empty": (
        PAGES,
        "max_per_page=per_page)",
        ("max_per_page=per_page, error_out=False)"),
        TESTS,
    ),
    "a number of any length": (PAGES, "<= high)", ")", TESTS),
    "digits of any script": (PAGES, "text.isascii() and ", "", TESTS),
    "the search is lost": (PAGES, "if name not in {", "if name in {", TESTS),
    "the order is always ascending": (
        PAGES,
        "descending != backwards",
        "backwards",
        TESTS,
    ),
    "a page before a row is in reverse": (PAGES, "items = items[::-1]", "pass", TESTS),
    "the last page has a next one": (
        PAGES,
        "if has_more or backwards else",
        "if True else",
        TESTS,
    ),
    "the first page has one before it": (
        PAGES,
        "(has_more and backwards) or after",
        ("backwards or after"),
        TESTS,
    ),
    "the row of the key comes again": (
        PAGES,
        "key < start if falling",
        ("key <= start if falling"),
        TESTS,
    ),
    "example content in production": (
        SEEDING,
        'app_config != "development"',
        'app_config == "testing"',
        "tests/maintained/core/test_seeding.py",
    ),
    "a refused row of the example content is a traceback": (
        SEEDING,
        "except IntegrityError as error:",
        "except KeyError as error:",
        "tests/maintained/core/test_seeding.py",
    ),
}
