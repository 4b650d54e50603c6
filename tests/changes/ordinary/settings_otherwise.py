"""Settings, of another kind of site; those that the first kind cannot have as well."""

from __future__ import annotations

from tests.changes.applying import change
from tests.changes.ordinary.settings import CONFIG
from tests.changes.ordinary.settings import setting

ANSWERS = {"preset": "website"}

CHANGES = {
    "only errors are logged": change((CONFIG, '"INFO"', '"ERROR"')),
    "sessions last for months": change((CONFIG, "43_200", "8_640_000")),
    "a lifetime is a timedelta": change(
        (CONFIG, "from collections.abc import Callable\n", (
            "from collections.abc import Callable\nfrom datetime import timedelta\n"
        )),
        (CONFIG, "REMEMBER_COOKIE_DURATION = 2_592_000", (
            "REMEMBER_COOKIE_DURATION = timedelta(days=90)"
        )),
    ),
    "cookies are for HTTPS in every configuration": change(
        (CONFIG, "SESSION_COOKIE_SECURE = False", "SESSION_COOKIE_SECURE = True"),
        (CONFIG, "REMEMBER_COOKIE_SECURE = False", "REMEMBER_COOKIE_SECURE = True"),
    ),
    "the protection of forms is on in tests": change(
        (CONFIG, "    WTF_CSRF_ENABLED = False\n", "    WTF_CSRF_ENABLED = True\n"),
        asks="test_a_visitor_registers_and_logs_in test_a_log_out_ends_the_session "
        "test_only_an_administrator_changes_an_account "
        "test_an_administrator_deactivates_an_account "
        "test_who_changes_the_own_account_is_told_so_on_the_start_page "
        "test_an_invited_person_makes_an_account "
        "test_the_other_browsers_can_be_logged_out "
        "test_a_session_that_does_not_exist_is_404 "
        "test_an_account_is_deleted_with_its_password "
        "test_the_password_is_asked_for_again "
        "test_the_link_in_a_mail_confirms_an_address "
        "test_an_address_is_changed_by_a_link_to_the_new_one "
        "test_a_forgotten_password_brings_a_link_by_mail "
        "test_nobody_learns_who_has_an_account "
        "test_a_link_from_the_command_sets_a_new_password",
    ),
    "another name for the token of forms": setting("WTF_CSRF_FIELD_NAME", '"_token"'),
    "other headers for the token of forms": setting(
        "WTF_CSRF_HEADERS", '["X-XSRF-Token"]'
    ),
    "limits are off": setting("RATELIMIT_ENABLED", "False"),
    "generous limits": setting("LOGIN_LIMIT", '"1000 per minute"'),
    "one thread": change((CONFIG, "WEB_THREADS = 4", "WEB_THREADS = 1")),
    "three proxies": change((CONFIG, "PROXY_HOPS = 0", "PROXY_HOPS = 3")),
    "small bodies": change(
        (CONFIG, "MAX_CONTENT_LENGTH = 1024 * 1024", "MAX_CONTENT_LENGTH = 20_000")
    ),
    "a policy that allows nearly all": change(
        (CONFIG, "\"default-src\": \"'self'\"", "\"default-src\": \"*\""),
        (CONFIG, "        \"frame-ancestors\": \"'none'\",\n", ""),
        (CONFIG, "        \"object-src\": \"'none'\",\n", ""),
    ),
    "cookies of a domain": setting("SESSION_COOKIE_DOMAIN", '"localhost"'),
    "sessions are for pages inside others": change(
        (CONFIG, (
            'SESSION_COOKIE_SAMESITE = "Lax"'
        ), 'SESSION_COOKIE_SAMESITE: str | None = None')
    ),
    "JSON keeps its order": change(
        ("app/__init__.py", "    # Add your extensions below this line.\n", (
            "    # Add your extensions below this line.\n"
            '    app.json.sort_keys = False  # type: ignore[attr-defined]\n'
        )),
    ),
    "every account is remembered": setting(
        "REMEMBER_COOKIE_REFRESH_EACH_REQUEST", "True"
    ),
    "a setting with a rule": change(
        (CONFIG, "from app.core.rules import Setting\n", (
            "from app.core.rules import Setting\n"
            "from app.core.rules import whole_number\n"
        )),
        (CONFIG, "    # Add your settings with a rule below this line.\n", (
            "    # Add your settings with a rule below this line.\n"
            '    whole_number("PAGE_SIZE", 20, low=1, high=100),\n'
        )),
    ),
    "a fourth configuration": change(
        (CONFIG, "CONFIGS: dict", (
            "class StagingConfig(ProductionConfig):\n"
            '    APP_CONFIG = "staging"\n\n\n'
            "CONFIGS: dict"
        )),
        (CONFIG, '    "production": ProductionConfig,\n', (
            '    "production": ProductionConfig,\n    "staging": StagingConfig,\n'
        )),
    ),
}  # fmt: skip
