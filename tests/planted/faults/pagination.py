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
    "digits of any script": (PAGES, "given.isascii() and ", "", TESTS),
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
        "(has_other_side, has_more)",
        "(has_other_side, True)",
        TESTS,
    ),
    "the first page has one before it": (
        PAGES,
        "(has_more, has_other_side) if",
        "(True, has_other_side) if",
        TESTS,
    ),
    "a neighbour by key without rows is offered": (
        PAGES,
        "start is not None and exists(",
        "start is not None or exists(",
        TESTS,
    ),
    "the other side is looked for on the wrong side": (
        PAGES,
        "descending=not by_falling_key",
        "descending=by_falling_key",
        TESTS,
    ),
    "a key too far is an empty page": (
        PAGES,
        "if start is not None and not found:",
        "if start is not None and None:",
        TESTS,
    ),
    "a collection that is joined fails": (PAGES, "found.unique()", "found", TESTS),
    "the row of the key comes again": (
        PAGES,
        "key < start if descending",
        ("key <= start if descending"),
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
        "except StatementError as error:",
        "except KeyError as error:",
        "tests/maintained/core/test_seeding.py",
    ),
    "a refused example is a traceback": (
        SEEDING,
        "except (TypeError, ValueError) as error:",
        "except KeyError as error:",
        "tests/maintained/core/test_seeding.py",
    ),
    "a mistake in the example content has no traceback": (
        SEEDING,
        "if not notes:",
        "if notes is None:",
        "tests/maintained/core/test_seeding.py",
    ),
    "example content before the migrations": (
        SEEDING,
        "if migrations.pending(connection):",
        "if not connection:",
        "tests/maintained/core/test_seeding.py",
    ),
    "a project without example content has no remedy": (
        SEEDING,
        "if make_content is None:",
        "if module is False:",
        "tests/maintained/core/test_seeding.py",
    ),
    "a missing module of example content is a traceback": (
        SEEDING,
        'if error.name != "app.seeds":',
        "if error:",
        "tests/maintained/core/test_seeding.py",
    ),
    "a command of the owner is replaced": (
        SEEDING,
        'app.cli.commands.setdefault("seed", seed)',
        "app.cli.add_command(seed)",
        "tests/maintained/core/test_seeding.py",
    ),
}
