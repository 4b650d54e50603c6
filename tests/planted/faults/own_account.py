"""Faults in typed passwords, in the list of sessions, and in deleted accounts."""

from __future__ import annotations

TYPED = "app/accounts/reauthentication.py"
LIST = "app/accounts/session_list.py"
DELETION = "app/accounts/deletion.py"
GRACE = "app/accounts/grace.py"
LOGIN = "app/accounts/login.py"
OF_TYPED = "tests/maintained/accounts/test_reauthentication.py"
OF_LIST = "tests/maintained/accounts/test_session_list.py"
OF_DELETION = "tests/maintained/accounts/test_deletion.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a restored session counts as typed": (
        TYPED, "if not login_fresh():", "if False:", OF_TYPED,
    ),
    "a typed password counts in all sessions": (
        TYPED, "sa.update(UserSession).where(sessions.is_this())",
        "sa.update(UserSession)", OF_TYPED,
    ),
    "a typed password is not noted": (
        TYPED, "password_checked_at=datetime.now(UTC)", "password_checked_at=None",
        OF_TYPED,
    ),
    "wrong passwords are not counted": (
        TYPED, "    throttling.count_failure(email)\n", "", OF_TYPED,
    ),
    "a session that has ended is noted": (
        TYPED, "if not cast(", "if False and cast(", OF_TYPED,
    ),
    "a form is lost without a word": (
        LOGIN, 'flash(text("access.send_again"), "warning")', "pass", OF_TYPED,
    ),
    "sessions of others end": (
        LIST, "sa.and_(own, which)", "which", OF_LIST,
    ),
    "two browsers end each other": (
        LIST, "if not lock_own(account):", "if lock_own(account) is None:", OF_LIST,
    ),
    "expired sessions are listed": (
        LIST,
        "if sessions.end_of_stored_session(row.created_at, row.expires_at) > now", "",
        OF_LIST,
    ),
    "an administrator sees sessions that have ended": (
        LIST, "sessions.end_of_stored_session(row.created_at, row.expires_at) > now",
        "row.expires_at > now", "tests/maintained/accounts/test_administration.py",
    ),
    "a browser is named by a part": (
        "app/accounts/user_agents.py", "others <= BROWSERS.keys()",
        "True", OF_LIST,
    ),
    "an address has a port": (
        "app/accounts/networks.py", 'text.partition("%")[0]', "text", OF_LIST,
    ),
    "an old password deletes": (
        DELETION, "unchanged = User.password_hash == before", "unchanged = sa.true()",
        OF_DELETION,
    ),
    "the last administrator is deleted": (
        DELETION, "    administration.require_another_administrator(user)\n", "",
        OF_DELETION,
    ),
    "a refused deletion is a failure": (
        DELETION, "except IntegrityError as error:", "except KeyError as error:",
        OF_DELETION,
    ),
    "deleted accounts stay logged in until they go": (
        DELETION, "users.end_access(account)", "0", OF_DELETION,
    ),
    "purge takes active accounts": (
        DELETION, ", User.is_active.is_(False))", ")", OF_DELETION,
    ),
    "purge takes all that are planned": (
        DELETION, "User.delete_after <= datetime.now(UTC)",
        "User.delete_after.is_not(None)", OF_DELETION,
    ),
    "an account can be kept after its time": (
        GRACE, "        User.delete_after > datetime.now(UTC),\n", "", OF_DELETION,
    ),
    "a log-in undoes what an administrator did": (
        "app/accounts/administration.py",
        "is_active=False, delete_after=None", "is_active=False", OF_DELETION,
    ),
}  # fmt: skip
