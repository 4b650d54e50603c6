"""Faults in cookies, and in sessions over time."""

from __future__ import annotations

COOKIES = "app/core/cookies.py"
LOGIN = "app/accounts/login.py"
SESSIONS = "app/accounts/sessions.py"
DOORS = "app/accounts/access.py"
OF_COOKIES, OVER_TIME = (
    "tests/maintained/core/test_cookies.py",
    "tests/maintained/accounts/test_sessions.py",
)
ACCESS = "tests/maintained/accounts/test_access.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a cookie of a domain has the prefix": (
        COOKIES, 'and not config.get(f"{kind}_COOKIE_DOMAIN")', "", OF_COOKIES,
    ),
    "cookies ignore the path of the site": (
        COOKIES, "return request.script_root or", "return", OF_COOKIES,
    ),
    "the stalest cookie counts": (
        COOKIES, "return min(filter", "return max(filter", OF_COOKIES,
    ),
    "a cookie is never signed again": (
        COOKIES, "session.modified = True", "pass", OF_COOKIES,
    ),
    "a page without messages varies": (
        COOKIES, 'and "_flashes" not in (session or ()):', "and False:", OF_COOKIES,
    ),
    "a page with messages is stored": (
        COOKIES, 'if response.headers.getlist("Set-Cookie") != before:', "if False:",
        OF_COOKIES,
    ),
    "a style sheet has the refreshed session": (
        COOKIES, "used = session.accessed or session.modified", "used = True",
        OF_COOKIES,
    ),
    "the Cache-Control of the view is replaced": (
        COOKIES, 'if not {"no-store", "private"} & response.cache_control.keys():',
        "if True:", OF_COOKIES,
    ),
    "the owner's function of messages is replaced": (
        COOKIES, 'setattr(app, "create_jinja_environment", environment)  # noqa: B010',
        'app.context_processor(lambda: {"get_flashed_messages": get_flashed_messages})',
        OF_COOKIES,
    ),
    "macros have Flask's function of messages": (
        COOKIES, 'environment.globals["get_flashed_messages"] =', "_ =", OF_COOKIES,
    ),
    "messages that the view has read are lost": (
        COOKIES, 'if not getattr(session, "accessed", True) and', "if", OF_COOKIES,
    ),
    "a new key does not sign": (
        COOKIES, "if known[0] != keys:", "if known[1] is None:", OF_COOKIES,
    ),
    "a session has no absolute end": (
        SESSIONS, "return max(ABSOLUTE", "return None and max(ABSOLUTE", OVER_TIME,
    ),
    "every log-in is remembered": (
        LOGIN, 'if "_remember" not in session and not g', "if 0 and not g", OVER_TIME,
    ),
    "the owner's log-in page is replaced": (
        SESSIONS, "    login_manager.user_loader(load)\n",
        '    login_manager.user_loader(load)\n    login_manager.login_view = "a"\n',
        ACCESS,
    ),
    "the owner's redirect is changed": (
        LOGIN, "return answer if self.unauthorized_callback else", "return", ACCESS,
    ),
    "the owner's handler answers the API": (
        LOGIN, "if not request.path.startswith(API_PREFIX):",
        "if self.unauthorized_callback or not request.path.startswith(API_PREFIX):",
        ACCESS,
    ),
    "all sessions have one secret for forms": (
        LOGIN, 'f"forms of {token}"', '"forms"', OVER_TIME,
    ),
    "the log does not name the account": (
        SESSIONS, '"account": account, **fields', "**fields", OVER_TIME,
    ),
    "a public page reads the session of every visitor": (
        DOORS, 'or "_user_id" in (unmarked_session() or ())', "or True", ACCESS,
    ),
    "a public page forgets who is remembered": (
        DOORS,
        'or current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies',
        "or False",
        ACCESS,
    ),
    "a page of a failure asks the database": (
        DOORS, 'if "failure" in g or not', "if not", ACCESS,
    ),
    "caches keep a page with an account": (
        SESSIONS, 'g.get("account_shown") or', "", ACCESS,
    ),
    "caches keep a streamed page with an account": (
        SESSIONS, ' or may_show_account_later(response)', "", ACCESS,
    ),
    "a static page of a log-in is not kept": (
        SESSIONS, "and not response.direct_passthrough", "", ACCESS,
    ),
}  # fmt: skip
