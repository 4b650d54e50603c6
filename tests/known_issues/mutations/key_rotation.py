"""Faults in how signatures of a fallback key are verified and renewed."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}
MODULE = "app/core/key_rotation.py"
COOKIE = "app/accounts/remember_cookie.py"
LOGIN = "app/accounts/login.py"
ALL_KEYS = '[*reversed(fallbacks), app.config["SECRET_KEY"]]'


def nothing_done(project: Path) -> None:
    replace(project, MODULE, "app.session_interface = SessionInterface()", "return")
    replace(project, MODULE, ALL_KEYS, '[app.config["SECRET_KEY"]]')
    replace(project, COOKIE, "(current, *former)", "(current,)")


def newest_key_first(project: Path) -> None:
    replace(project, MODULE, ALL_KEYS, '[app.config["SECRET_KEY"], *fallbacks]')


def forms_left_out(project: Path) -> None:
    replace(project, MODULE, 'if not app.config.get("WTF_CSRF_SECRET_KEY")', "if False")


def forms_take_the_list_of_the_session(project: Path) -> None:
    keys = '[app.config["SECRET_KEY"], *app.config["SECRET_KEY_FALLBACKS"]]'
    replace(project, MODULE, '"] = signing_keys(app)', f'"] = {keys}')


def own_key_overwritten(project: Path) -> None:
    replace(project, MODULE, 'if not app.config.get("WTF_CSRF_SECRET_KEY")', "if True")


def session_left_as_it_is(project: Path) -> None:
    replace(project, MODULE, "session.modified = True", "pass")


def session_renewed_always(project: Path) -> None:
    checked = "not signer.validate(cookie)"
    replace(project, MODULE, checked, "True")


def session_renewed_unseen(project: Path) -> None:
    replace(project, MODULE, "session and session.accessed and", "session and")


def letters(project: Path) -> None:
    replace(project, MODULE, "serializer.secret_keys = signing_keys(app)", "pass")


def key_printed(project: Path) -> None:
    replace(project, MODULE, '"KEY-SO-FAR"', 'str(current_app.config["SECRET_KEY"])')


def one_key_for_all(project: Path) -> None:
    replace(project, MODULE, "{secrets.token_urlsafe(48)}", f"{'k' * 64}")


def too_early(project: Path) -> None:
    replace(project, MODULE, '    "REMEMBER_COOKIE_DURATION",\n', "")


def cookie_not_read(project: Path) -> None:
    replace(project, COOKIE, "(current, *former)", "(current,)")


def cookie_left_as_it_is(project: Path) -> None:
    replace(project, LOGIN, 'session["_remember"] = "set"', "pass")


def cookie_renewed_where_it_logged_in(project: Path) -> None:
    name = 'current_app.config["SESSION_COOKIE_NAME"]'
    alone = f"{name} not in request.cookies and self.has_outdated_cookie()"
    replace(project, LOGIN, "self.has_outdated_cookie():", f"{alone}:")


def cookie_renewed_for_nobody(project: Path) -> None:
    replace(project, LOGIN, 'g.get("logged_in", False)', "True")


def cookie_renewed_after_a_log_out(project: Path) -> None:
    cookie_renewed_for_nobody(project)
    replace(project, LOGIN, 'session.get("_user_id") == found.token', "True")
    replace(project, LOGIN, '            and "_remember" not in session\n', "")


MUTATIONS = {
    "nothing is done": nothing_done,
    "the keys are in the order of the setting": newest_key_first,
    "forms only know the new key": forms_left_out,
    "forms are signed with the oldest key": forms_take_the_list_of_the_session,
    "a separate key for forms is overwritten": own_key_overwritten,
    "a session is read and never signed again": session_left_as_it_is,
    "a session is signed again with each response": session_renewed_always,
    "static files carry the session that is signed again": session_renewed_unseen,
    "characters of a string are keys after the start": letters,
    "the command prints the current key": key_printed,
    "the command prints the same key each time": one_key_for_all,
    "the command forgets how long the remember cookie lives": too_early,
    "the remember cookie is read by the new key only": cookie_not_read,
    "the remember cookie is read and never signed again": cookie_left_as_it_is,
    "a remember cookie beside a session stays": cookie_renewed_where_it_logged_in,
    "an expired remember cookie is signed again": cookie_renewed_for_nobody,
    "a log-out leaves the remember cookie": cookie_renewed_after_a_log_out,
}
