"""Faults in what is committed, in what waits, and in hooks that read the account."""

from __future__ import annotations

USERS = "app/accounts/users.py"
SESSIONS = "app/accounts/sessions.py"
OWN = "tests/maintained/accounts/test_transactions.py"
COMMANDS = "tests/maintained/accounts/test_commands.py"

RELEASED = "    transactions.release_connection(db.session())\n    hashed"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "fields are dropped": (
        USERS, "is_admin=is_admin, **fields)", "is_admin=is_admin)", OWN,
    ),
    "a missing field is not named": (
        USERS, "if missing := missing_fields(user):", "if False:",
        "tests/maintained/accounts/test_passwords.py",
    ),
    "a column with a default requires a value": (
        USERS, "return not is_numbered and sources == (None,) * 4", "return True",
        "tests/maintained/accounts/test_passwords.py",
    ),
    "the command takes any text": (
        "app/accounts/commands.py", "FROM_TEXT.get(kind, kind)(given)", "given",
        COMMANDS,
    ),
    "the command changes the e-mail address": (
        "app/accounts/commands.py", "if key not in SET_OTHERWISE]", "]", COMMANDS,
    ),
    "an object among the fields is work": (
        USERS, RELEASED, f"    User(**fields)\n{RELEASED}", OWN,
    ),
    "the caller's violation is hidden": (
        USERS, "    db.session.flush()\n\n    try", "    try", OWN,
    ),
    "other rows are loaded with an account": (
        SESSIONS, "        .options(WITHOUT_RELATED)\n", "", OWN,
    ),
    "every violation is reported as a taken e-mail": (
        USERS, "if db.session.scalar(same) is None:", "if False:", OWN,
    ),
    "a change rolls back": (
        USERS, "    after = passwords",
        "    db.session.rollback()\n    after = passwords", OWN,
    ),
    "create commits all": (
        USERS, "            insert(user)\n",
        "            insert(user)\n        db.session.commit()\n", OWN,
    ),
    "a log-in looks up in the request's session": (
        USERS, "with db.session.session_factory() as own:\n        found",
        "own = db.session\n    if True:\n        found",
        "tests/maintained/accounts/test_passwords.py",
    ),
    "the second to renew a hash is refused": (
        USERS, "again[1] if again else outdated", "outdated", OWN,
    ),
    "a change of password commits twice": (
        USERS, "        ended = end_access(account)\n    announce",
        "        db.session.commit(); ended = end_access(account)\n    announce", OWN,
    ),
    "sessions begin unseen": (
        SESSIONS, "if not lock_unchanged(user):", "if False:", OWN,
    ),
    "other hashes are equal": (SESSIONS, "if known := ", "if known := 0 and ", OWN),
    "inactive accounts log in": (
        SESSIONS, "User.id == user.id, User.is_active)", "User.id == user.id)", OWN,
    ),
    "log-ins do not wait for a lock": (
        SESSIONS, "chosen.with_for_update(key_share=True)", "chosen", OWN,
    ),
    "the account is loaded by the request's session": (
        SESSIONS, "with db.session.session_factory() as own:\n        found",
        "own = db.session()\n    if True:\n        found", OWN,
    ),
    "the session has no account": (
        SESSIONS, "        session.add(user)\n", "        pass\n", OWN,
    ),
    "the last visit waits for a lock": (
        SESSIONS, '{"lock_timeout": 0}', '{}', OWN,
    ),
    "the last visit is not saved": (SESSIONS, "        own.commit()\n", "", OWN),
    "hooks read the account": (
        SESSIONS, 'if not (g.get("logged_in") or shown):',
        "if not (g._login_user.is_active or shown):", OWN,
    ),
    "log-out reads the account": (
        SESSIONS, "if current_token():",
        "if current_user.is_active and current_token():", OWN,
    ),
    "files are anybody's": (SESSIONS, 'elif not {"private"', 'elif {"private"', OWN),
    "public is private": (
        SESSIONS, '{"private", "public", "s-maxage"}', '{"private"}', OWN,
    ),
    "a log-in is of another account": (
        SESSIONS, "force=True)\n    g.logged_in = True", "force=True)", OWN,
    ),
    "the remember cookie's hook reads the account": (
        "app/accounts/login.py", 'g.get("logged_in", False)',
        "g._login_user.is_active", OWN,
    ),
    "a connection is held while a password is typed": (
        "app/accounts/command_line.py",
        "with db.session.session_factory() as own:\n            own.",
        "if True:\n            db.session.", COMMANDS,
    ),
}  # fmt: skip
