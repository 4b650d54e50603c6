"""Faults in confirming addresses, and in changing them."""

from __future__ import annotations

CONFIRMATION = "app/accounts/confirmation.py"
CHANGE = "app/accounts/email_change.py"
MAILS = "app/accounts/mails.py"
USERS = "app/accounts/users.py"
SESSIONS = "app/accounts/sessions.py"
CONFIRMED, CHANGED = (
    "tests/maintained/accounts/test_confirmation.py",
    "tests/maintained/accounts/test_email_change.py",
)

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a registration looks the address up before it answers": (
        CONFIRMATION, "    mail.later(make_account, email, hashed, fields)",
        "    make_account(email, hashed, fields)", CONFIRMED,
    ),
    "the first one to register keeps the password": (
        CONFIRMATION, "users.store_hash(user.id, unusable)", "0", CONFIRMED,
    ),
    "an account with a banner loses its password to a stranger": (
        CONFIRMATION, "gives_up = is_required() and", "gives_up =", CONFIRMED,
    ),
    "the link is sent to addresses that are confirmed": (
        CONFIRMATION, "if user is None or user.is_confirmed or", "if user is None or",
        CONFIRMED,
    ),
    "a full mailbox costs the link before": (
        CONFIRMATION,
        "or user.is_confirmed or not mail_limits.may_mail(PURPOSE, email):",
        "or user.is_confirmed:", CONFIRMED,
    ),
    "a full mailbox keeps the password of a stranger": (
        CONFIRMATION, "gives_up = is_required()",
        "gives_up = mail_limits.may_mail(PURPOSE, email) and is_required()", CONFIRMED,
    ),
    "a password is given up where nobody can choose another": (
        CONFIRMATION, " and resets.ENDPOINT in current_app.view_functions", "",
        CONFIRMED,
    ),
    "an application starts in which nobody can confirm an address": (
        CONFIRMATION, ".append(missing_page)", "", CONFIRMED,
    ),
    "settings are not compared with the views": (
        "app/core/preload.py", "    settings.check_views(app)\n", "", CONFIRMED,
    ),
    "a field that is missing is known to the log only": (
        CONFIRMATION, "        raise users.MissingFieldsError(missing)\n",
        "        pass\n", CONFIRMED,
    ),
    "a field is missing that an event would fill": (
        CONFIRMATION, "if mapper.dispatch.before_insert or", "if", CONFIRMED,
    ),
    "a former registration needs the page of the link": (
        CONFIRMATION, "value is registration for", "value is not None for", CONFIRMED,
    ),
    "a registration of another name is not checked": (
        CONFIRMATION, "        raise RuntimeError(REMEDY)\n", "        pass\n",
        CONFIRMED,
    ),
    "registrations from one network send any number of mails": (
        CONFIRMATION, "    mail_limits.count_form()\n", "", CONFIRMED,
    ),
    "an unconfirmed account logs in": (
        USERS, "if sessions.requires_confirmation() and not found.is_confirmed:",
        "if False:", CONFIRMED,
    ),
    "an unconfirmed account gets a session": (
        SESSIONS, "chosen = chosen.where(User.is_confirmed)", "pass", CONFIRMED,
    ),
    "a log-in does more for an address that is not confirmed": (
        USERS, "        events.send(events.unconfirmed_login, email=email)\n",
        "        passwords.verify(dummy, password)\n", CONFIRMED,
    ),
    "users.create() makes unconfirmed accounts": (
        USERS, "return add(email, hashed, is_admin=is_admin, **fields)",
        'return add(email, hashed, **{"is_confirmed": False, **fields})', CONFIRMED,
    ),
    "a change of address needs no password": (
        CHANGE, "if not reauthentication.is_right(user, current):",
        "if not reauthentication.is_right(user, current) and not current:", CHANGED,
    ),
    "wrong passwords for a change of address are not counted": (
        CHANGE, "reauthentication.is_right(user, current)",
        "reauthentication.users.has_password(user, current)", CHANGED,
    ),
    "a mistyped mailbox gets the account": (
        CHANGE, "return found.email if found and found.user_id == user.id else None",
        "return found.email if found else None", CHANGED,
    ),
    "the answer to a change waits for the look-up": (
        CHANGE, "    mail.later(send_link, account, email)",
        "    send_link(account, email)", CHANGED,
    ),
    "a link of before tells who has an account": (
        CHANGE, "        tokens.revoke(account, PURPOSE)\n", "        pass\n", CHANGED,
    ),
    "a taken address is an error": (
        CHANGE, "    except IntegrityError:\n        if not has_account(new):\n",
        "    except IntegrityError:\n        if True:\n", CHANGED,
    ),
    "the former address is not told": (
        MAILS, 'notify("email_changed", old, is_confirmed=was_confirmed)', "pass",
        CHANGED,
    ),
    "a change leaves other links": (
        CHANGE, "    tokens.revoke(account)\n", "", CHANGED,
    ),
}  # fmt: skip
