"""Faults in the support modules of a project's tests."""

from __future__ import annotations

APPLICATIONS, MOVED = "tests/support/applications.py", "tests/support/moved.py"
OWN = "tests/maintained/test_support.py"
ACCOUNTS, FIXTURES = "tests/support/accounts.py", "tests/support/account_fixtures.py"
EXAMPLES = "app/accounts/examples.py"
OF_ACCOUNTS = "tests/maintained/accounts/test_support.py"

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
    "accounts of tests are as inactive as others": (
        EXAMPLES, '"is_active": True, ', "", OF_ACCOUNTS,
    ),
    "example values of another process come again": (
        EXAMPLES, "if number > highest", "if number", OF_ACCOUNTS,
    ),
    "a number of an example account is above its id": (
        EXAMPLES, "value_of(column, number) for", "value_of(column, next_number()) for",
        OF_ACCOUNTS,
    ),
    "an account without an example value is not named": (
        EXAMPLES, "values = fields\n", "values = required_fields()\n", OF_ACCOUNTS,
    ),
    "an example of an address is none": (
        EXAMPLES, "x{number}@example.com", "x{number}", OF_ACCOUNTS,
    ),
    "a type of the project has no example": (
        EXAMPLES, "stored = stored.impl_instance", "pass", OF_ACCOUNTS,
    ),
    "an example for a foreign key commits its caller's work": (
        EXAMPLES, "with transactions.commit_own_work(db.session()):",
        "for _ in (1, db.session.commit()):", OF_ACCOUNTS,
    ),
    "an example for a foreign key is not committed": (
        EXAMPLES, "with transactions.commit_own_work(db.session()):", "if True:",
        OF_ACCOUNTS,
    ),
    "a refused account of a test comes without a hint": (
        FIXTURES, "error.add_note", "str", OF_ACCOUNTS,
    ),
    "a log-in of a test runs the owner's hooks": (
        FIXTURES, "answer = app.response_class()",
        "answer = app.process_response(app.response_class())", OF_ACCOUNTS,
    ),
    "a log-in of a test is not remembered": (
        FIXTURES, "login_manager._update_remember_cookie(answer)", "pass",
        "tests/maintained/accounts/test_login.py",
    ),
    "a view that is gone has no hint": (
        ACCOUNTS, "assert endpoint in app.view_functions", "assert endpoint",
        OF_ACCOUNTS,
    ),
}  # fmt: skip
