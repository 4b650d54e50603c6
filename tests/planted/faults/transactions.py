"""Faults in what takes a lock, what waits for it, and what commits."""

from __future__ import annotations

MODULE = "app/core/transactions.py"
ENGINES = "app/core/engines.py"
OWN = "tests/maintained/core/test_transactions.py"
STREAMS = "tests/maintained/known_issues/test_idempotent_teardown.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "reads lock": (MODULE, 'word != "EXPLAIN" and', 'word == "SELECT" or', OWN),
    "streams that read lock": (
        MODULE, 'word != "EXPLAIN" and', 'word == "SELECT" or', STREAMS,
    ),
    "what is unknown reads": (MODULE, "word not in OTHERS", 'word == "INSERT"', OWN),
    "WITH only reads": (MODULE, "WRITES_AFTER_WITH.search(statement) or", "", OWN),
    "comments are not skipped": (MODULE, r"|--[^\n]*\n|/\*.*?\*/", "", OWN),
    "VACUUM in a transaction": (MODULE, '"VACUUM", ', "", OWN),
    "FOR UPDATE is dropped": (MODULE, '" /* FOR UPDATE */"', '""', OWN),
    "locked rows are not read again": (
        MODULE, "populate_existing=True", "populate_existing=False", OWN,
    ),
    "a savepoint takes no lock": (MODULE, '== "SAVEPOINT"', '== "NEVER"', OWN),
    "deferred": (MODULE, '"BEGIN IMMEDIATE"', '"BEGIN"', OWN),
    "autocommit begins": (
        MODULE, ' or options.get("isolation_level") == "AUTOCOMMIT"', "", OWN,
    ),
    "nobody waits": (MODULE, "and time.monotonic() < deadline", "and False", OWN),
    "SQLite waits under gevent": (
        MODULE, "isinstance(time.sleep, BuiltinFunctionType)", "timeout", OWN,
    ),
    "SQLite and the project wait": (MODULE, "        timeout = 0\n", "", OWN),
    "SQLite waits itself": (MODULE, "busy_timeout = 0", "busy_timeout = 5000", OWN),
    "a result is half read": (
        MODULE, "if cursor.description and", "if False and", OWN,
    ),
    "a lock drops what is not flushed": (
        MODULE, "if session.dirty and not session.autoflush:", "if False:", OWN,
    ),
    "advisory locks are not counted": (MODULE, "|\\bPG_(", "|\\bNO_(", OWN),
    "released by a rollback": (
        MODULE, "session.commit()  # a function", "session.rollback()  # a function",
        OWN,
    ),
    "written outside a transaction": (
        MODULE, "        if driver.in_transaction:\n            return\n",
        "        return\n", OWN,
    ),
    "always committed": (
        MODULE, "    if has_uncommitted_work(session):", "    if False:", OWN,
    ),
    "never committed": (MODULE, "        session.commit()\n", "", OWN),
    "an error is kept": (
        MODULE, "        session.rollback()\n        raise", "        raise", OWN,
    ),
    "statements are no work": (MODULE, "!= count\n", "< count\n", OWN),
    "objects are no work": (
        MODULE, "session.new or session.dirty or session.deleted", "False", OWN,
    ),
    "a savepoint is no work": (
        MODULE, "if session.in_nested_transaction()", "if False", OWN,
    ),
    "a begun block is no work": (
        MODULE, "is not SessionTransactionOrigin.AUTOBEGIN", "is None", OWN,
    ),
    "nothing is given back": (
        MODULE, "if connections(session) and not has_uncommitted_work(session)",
        "if False", OWN,
    ),
    "rolled back with a caller's work": (
        MODULE, "connections(session) and not has_uncommitted_work(session)",
        "connections(session)", OWN,
    ),
    "isolation is the server's": (
        ENGINES, '"isolation_level": "READ COMMITTED",', "", OWN,
    ),
}  # fmt: skip
