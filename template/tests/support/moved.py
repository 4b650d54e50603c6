"""Tests that were in tests/ before 0.9.0 and are in tests/maintained now.

An update keeps the old files, because you may have changed them. They are not run. Move
what you added to another file, then remove them:

    git rm $(uv run python -m tests.support.moved)
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

# The beginning of each old file, because a file of yours may have the same name.
BEGINNINGS: dict[str, str | tuple[str, ...]] = {
    "accounts.py": "Fixtures: accounts, and browsers",
    "background_jobs.py": "A background job that fails",
    "known_issues/first_versions.toml": "",
    "known_issues/test_csrf_cache.py": "Known issue: a cache keeps",
    "known_issues/test_dependency_floors.py": "Known issue: versions of one",
    "known_issues/test_gevent_async.py": "Known issue: async views",
    "known_issues/test_idempotent_teardown.py": "The known issue of teardowns",
    "known_issues/test_key_rotation.py": "A change of the secret key:",
    "known_issues/test_key_rotation_accounts.py": "A change of the secret key:",
    "known_issues/test_redirect_session.py": "Known issue: after redirects",
    "known_issues/test_session_protection.py": "Session protection:",
    "known_issues/test_thread_context.py": "Known issue: a thread has no",
    "known_issues/test_upload_limits.py": "The known issue of bodies",
    "redirects.py": "What a browser has after redirects",
    "revisions.py": "Migrations in a test:",
    "test_account_transactions.py": "Accounts: whose work is committed",
    "test_accounts.py": "Addresses and passwords:",
    "test_answers.py": "Every answer has its headers",
    "test_api_requests.py": "What the API makes of a body:",
    "test_auth.py": "Registration, log-in, log-out and",
    "test_bodies.py": "A form has a bounded number",
    "test_cookies.py": "Cookies: what they are called",
    "test_database.py": "The database: its column types",
    "test_database_url.py": "The address of the database:",
    "test_errors.py": "Errors: pages for people",
    "test_holding.py": "Refused clients wait in spare threads",
    "test_hosts.py": "TRUSTED_HOSTS: names in any case",
    "test_json.py": "JSON that goes out is JSON",
    "test_log_in_targets.py": "Where people go after a log-in:",
    "test_migrations.py": "Migrations on SQLite keep",
    "test_pending_migrations.py": "Pending migrations: readiness",
    "test_requests.py": "What every request gets:",
    "test_rules.py": "The ten rules of AGENTS.md",
    "test_serving.py": "Servers: a release under way",
    "test_sessions.py": "Sessions over time:",
    "test_setting_rules.py": "The kinds of settings:",
    "test_settings.py": "Settings from the environment",
    "test_switches.py": "Each setting of Flask",
    "test_thread_starts.py": "Where a module starts threads",
    "test_throttling.py": "Guessing is limited",
    "test_transactions.py": "Transactions: who takes a lock",
    "test_unavailable.py": ("Failures that pass", "Temporary failures are 503"),
    "test_users_command.py": "`flask users`: accounts from",
}


def has_moved(path: Path) -> bool:
    """Return whether `path` is an old copy of a test of the template."""
    if not path.is_relative_to(TESTS) or not path.is_file():
        return False
    beginning = BEGINNINGS.get(path.relative_to(TESTS).as_posix())
    if beginning is None:
        return False
    text = path.read_text(encoding="utf-8", errors="replace")
    return text.removeprefix('"""').startswith(beginning)


def old_copies() -> list[Path]:
    """Return the old copies that this project still has."""
    return [TESTS / name for name in BEGINNINGS if has_moved(TESTS / name)]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if has_moved(collection_path) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if left := old_copies():
        terminalreporter.write_line(
            f"{len(left)} old tests in tests/ were not run, they are in "
            "tests/maintained now. mypy reads them until you remove them: "
            "tests/support/moved.py says how."
        )


if __name__ == "__main__":
    for path in old_copies():
        print(path.relative_to(TESTS.parent))  # noqa: T201  # its output is the list
