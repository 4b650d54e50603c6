"""Changes of accounts that have mail: confirmation, mails, limits, pages that go."""

from __future__ import annotations

from tests.changes.applying import change
from tests.changes.ordinary.settings import setting

ANSWERS = {"preset": "full"}

BLUEPRINT = "app/auth/__init__.py"
VIEWS = "app/auth/mail_routes.py"
MAILS = "app/templates/mail"

CHANGES = {
    "people log in before their address is confirmed": setting(
        "EMAIL_CONFIRMATION", '"banner"'
    ),
    "a link to a new password works for ten minutes": setting("RESET_LIFETIME", "600"),
    "few mails to an address": setting("MAIL_ADDRESS_LIMIT", '"1 per day"'),
    "few mails for a network": setting("MAIL_NETWORK_LIMIT", '"3 per hour"'),
    "a password is asked for again after an hour": setting(
        "REAUTHENTICATION_AFTER", "3_600"
    ),
    "another text of a mail": change(
        (f"{MAILS}/confirm.txt", "Thank you for registering at", "Welcome to"),
        (f"{MAILS}/confirm.html", "{% block content %}\n", (
            "{% block content %}\n<h1>Welcome</h1>\n"
        )),
    ),
    "another subject of a mail": change(
        (f"{MAILS}/confirm.txt", "Subject: Confirm your e-mail address\n", (
            "Subject: Welcome to {{ config.SITE_NAME }}\n"
        )),
    ),
    "no page for a forgotten password": change(
        (BLUEPRINT, "from app.auth import reset_routes  # noqa: E402, F401\n", ""),
        ("app/auth/reset_routes.py",),
        ("app/templates/auth/new_password.html",),
        (VIEWS, '@bp.route("/reset", methods=["GET", "POST"])\n', ""),
        (VIEWS, '''@mail_limits.limit_mails
def reset() -> ResponseReturnValue:
    """Send a link to a new password. The answer is the same for every address."""
    form, sent = AddressForm(), False
    if form.validate_on_submit():
        mails.ask_for_reset(form.text("email"))
        sent = True

    return render_template("auth/reset.html", form=form, sent=sent)


''', ""),
        (VIEWS, "from app.accounts import mails\n", ""),
        ("app/templates/auth/reset.html",),
        asks="test_a_link_from_the_command_sets_a_new_password "
        "test_a_forgotten_password_brings_a_link_by_mail "
        "test_nobody_learns_who_has_an_account",
    ),
    "no pages for administrators": change(
        (BLUEPRINT, "from app.auth import admin_routes  # noqa: E402, F401\n", ""),
        ("app/auth/admin_routes.py",),
        ("app/templates/auth/users",),
        asks="test_only_an_administrator_sees_the_accounts "
        "test_only_an_administrator_changes_an_account "
        "test_who_changes_the_own_account_is_told_so_on_the_start_page "
        "test_an_administrator_deactivates_an_account "
        "test_an_invited_person_makes_an_account",
    ),
}  # fmt: skip
