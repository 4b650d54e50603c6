"""Faults in what administrators do, in invitations, and in who may register."""

from __future__ import annotations

ADMINISTRATION = "app/accounts/administration.py"
COMMANDS = "app/accounts/admin_commands.py"
INVITATIONS = "app/accounts/invitations.py"
MODE = "app/accounts/registration_mode.py"
PAGES = "app/auth/admin_routes.py"
TESTS = "tests/maintained/accounts"
OF_ADMINISTRATION = f"{TESTS}/test_administration.py"
OF_COMMANDS = f"{TESTS}/test_admin_commands.py"
OF_INVITATIONS = f"{TESTS}/test_invitations.py"
OF_MODE = f"{TESTS}/test_registration_mode.py"
OWN = "tests/test_users.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "the last administrator can be demoted": (
        ADMINISTRATION, "if list(left) == [account]:", "if not left:",
        OF_ADMINISTRATION,
    ),
    "administrators remove each other": (
        ADMINISTRATION, "        .with_for_update()\n", "", OF_ADMINISTRATION,
    ),
    "a search has wildcards": (
        ADMINISTRATION, "autoescape=True", "autoescape=False", OF_ADMINISTRATION,
    ),
    "a search has no end": (
        ADMINISTRATION, "[:MAX_SEARCH_LENGTH]", "", OF_ADMINISTRATION,
    ),
    "a deactivated account stays logged in": (
        ADMINISTRATION, "users.end_access(sessions.identity(user))", "0",
        OF_ADMINISTRATION,
    ),
    "an act does not say who": (
        ADMINISTRATION, "by=actor, **fields)", "**fields)", OF_ADMINISTRATION,
    ),
    "a list of accounts loads their sessions": (
        ADMINISTRATION, "sa.select(User).options(sessions.WITHOUT_RELATED)",
        'sa.select(User).options(sa.orm.selectinload("*"))',
        OF_ADMINISTRATION,
    ),
    "a connection is held while a new password is typed": (
        COMMANDS, "        transactions.release_connection(db.session())\n", "",
        OF_COMMANDS,
    ),
    "an old log-in makes an administrator": (
        "app/api/routes.py", "@reauthentication_required\n@idempotent\ndef create_user",
        "@idempotent\ndef create_user", "tests/test_api.py",
    ),
    "an invited person has the fields of a stranger": (
        INVITATIONS, "        setattr(user, name, value)\n", "        pass\n",
        OF_INVITATIONS,
    ),
    "an invitation works twice": (
        INVITATIONS, "if tokens.use(PURPOSE, token) is None:",
        "if tokens.find(PURPOSE, token) is None:", OF_INVITATIONS,
    ),
    "a refused invitation is used up": (
        INVITATIONS, "        db.session.scalar(lock.with_for_update())\n", "",
        OF_INVITATIONS,
    ),
    "a stranger keeps the account of an invited person": (
        INVITATIONS, "    sessions.end_all(user)\n", "", OF_INVITATIONS,
    ),
    "an invitation takes a confirmed account over": (
        INVITATIONS, "sa.and_(User.email == email, User.is_confirmed.is_(False))",
        "sa.and_(User.email == email)", OF_INVITATIONS,
    ),
    "a closed site takes the people who were invited": (
        INVITATIONS,
        "return None if registration_mode.is_closed() else tokens.find(PURPOSE, token)",
        "return tokens.find(PURPOSE, token)", OF_INVITATIONS,
    ),
    "any token is withdrawn": (
        INVITATIONS, "AccountToken.id == number, AccountToken.purpose == PURPOSE)",
        "AccountToken.id == number)", OF_INVITATIONS,
    ),
    "the log has the invited address": (
        INVITATIONS, 'log("invited", made.id, by)', 'log("invited", made.email, by)',
        OF_INVITATIONS,
    ),
    "a closed registration is open": (
        MODE, "if request.endpoint == ENDPOINT:", 'if request.endpoint == "register":',
        OF_MODE,
    ),
    "only a closed registration is refused": (
        MODE, 'return mode() == "open"', 'return mode() != "closed"', OF_MODE,
    ),
    "everyone sees the accounts": (
        PAGES, '@bp.get("/users")\n@admin_required\n', '@bp.get("/users")\n', OWN,
    ),
    "everyone changes an account": (
        PAGES, '<act>")\n@admin_required\n', '<act>")\n', OWN,
    ),
}  # fmt: skip
