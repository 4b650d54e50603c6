"""Faults in how migrations run, and in their messages."""

from __future__ import annotations

MIGRATING = "app/core/migrating.py"
REVISIONS = "app/core/revisions.py"
OWN = "tests/maintained/core/test_migrations.py"
PENDING = "tests/maintained/core/test_pending_migrations.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "references followed": (
        MIGRATING,
        '(connection, "OFF")',
        '(connection, "ON")',
        OWN,
    ),
    "foreign keys left off in memory": (
        MIGRATING,
        '(connection, "ON")',
        '(connection, "OFF")',
        OWN,
    ),
    "foreign keys left off in the pool": (
        MIGRATING,
        "connection.invalidate()",
        "pass",
        OWN,
    ),
    "references unchecked": (MIGRATING, "if sqlite and applied:", "if False:", OWN),
    "old faults refused": (
        MIGRATING,
        "more = len(rows) > len(known)",
        "more = True",
        OWN,
    ),
    "half done": (MIGRATING, '"transactional_ddl": True', "", OWN),
    "two at once": (MIGRATING, "if not driver.in_transaction:", "if False:", OWN),
    "silent": (MIGRATING, "logger.addHandler(handler)", "pass", OWN),
    "silent about nothing": (
        MIGRATING,
        "            report_nothing()",
        "            pass",
        OWN,
    ),
    "the rest after a commit is lost": (
        MIGRATING,
        "    connection.commit()  # the rest",
        "    # the rest",
        OWN,
    ),
    "foreign keys switched on by a revision": (
        MIGRATING,
        "driver.set_authorizer(keep_foreign_keys_off)",
        "pass",
        OWN,
    ),
    "no autocommit": (
        MIGRATING,
        "        return  # an autocommit_block",
        "        pass",
        OWN,
    ),
    "an old env.py is not named": (
        "app/core/migrations.py",
        '"migrating.run(" not in',
        '"NEVER" in',
        OWN,
    ),
    "what is not copied goes unsaid": (
        MIGRATING,
        "    if names:",
        "    if False:",
        OWN,
    ),
    "empty revisions": (REVISIONS, "directives.clear()", "pass", OWN),
    "indexes dropped before their tables": (
        REVISIONS,
        "leave_indexes_to_dropped_tables(written)",
        "pass",
        OWN,
    ),
    "check without a script": (
        REVISIONS,
        'if not getattr(options, "autogenerate", False):',
        "if False:",
        OWN,
    ),
    "a path read as a format": (
        "app/core/migrations.py",
        '.replace("%", "%%")',
        "",
        OWN,
    ),
    "a message that ends the docstring": (
        "migrations/script.py.mako",
        """.replace('"', '\\\\"')""",
        "",
        OWN,
    ),
    "prepared behind a pooler": (
        "app/core/engines.py",
        'arguments["prepare_threshold"] = None',
        "pass",
        "tests/maintained/core/test_database.py",
    ),
    "pending is ready": (
        "app/core/health.py",
        "if migrations.pending(connection):",
        "if False:",
        PENDING,
    ),
    "ahead is an error": (
        "app/core/migrations.py",
        "        return False  # a revision that this code does not know\n",
        "        pass\n",
        PENDING,
    ),
    "revisions before the applied one are pending": (
        "app/core/migrations.py",
        "        found += before\n",
        "",
        PENDING,
    ),
    "what a revision depends on is pending": (
        "app/core/migrations.py",
        'assigned.get("depends_on"))',
        "None)",
        PENDING,
    ),
    "a label is a revision": (
        "app/core/migrations.py",
        "if named <= read.keys() else",
        "if True else",
        PENDING,
    ),
    "a computed name is an error": (
        "app/core/migrations.py",
        "except NOT_WRITTEN_OUT:",
        "except ZeroDivisionError:",
        PENDING,
    ),
    "each server process reads revisions with Alembic": (
        "app/core/migrations.py",
        "    named = set()",
        "    return revisions_by_alembic()\n    named = set()",
        PENDING,
    ),
    "what the owner changes for Alembic is lost": (
        "app/core/migrations.py",
        "            config = callback(config)\n",
        "            pass\n",
        OWN,
    ),
    "no table is an error": (
        "app/core/migrations.py",
        'if sa.inspect(connection).has_table("alembic_version"):',
        "if True:",
        PENDING,
    ),
    "asked in each request": (
        "app/core/migrations.py",
        "checked[:] = [newest]",
        "pass",
        PENDING,
    ),
    "later revisions unseen": (
        "app/core/migrations.py",
        "if checked == [newest]:",
        "if checked:",
        PENDING,
    ),
    "a new database is not made before a revision": (
        "app/core/migrations.py",
        'environment.check_origins("development")\n    create_if_new()',
        'environment.check_origins("development")',
        PENDING,
    ),
    "pending before a revision without the command": (
        "app/core/migrations.py",
        "raise CommandError(PENDING)",
        "print(PENDING)",
        PENDING,
    ),
    "a revision opens another database": (
        "app/core/migrations.py",
        '    environment.check_origins("development")\n',
        "",
        PENDING,
    ),
}
