"""The English texts of app/accounts that people read; see app/core/texts.py.

Maintained by copier-flask.
"""

from __future__ import annotations

from app.core.english import N_

TEXTS: dict[str, str] = {
    "access.admins_only": N_("Only administrators may do this."),
    "access.log_in": N_("Please log in to see this page."),
    "access.log_in_first": N_("Log in first."),
    "access.open_again": N_("Then open the link again."),
    "access.send_again": N_("Nothing has changed yet: please send the form again."),
    "access.type_password_first": N_("Enter your password again on the site first."),
    "addresses.domain": N_("Addresses with this domain are not accepted."),
    "addresses.characters": N_(
        "The e-mail address holds characters that cannot be used."
    ),
    "addresses.long": N_("The e-mail address is longer than {most} characters."),
    "addresses.taken": N_("There is an account with this e-mail address already."),
    "addresses.wrong": N_("This is not an e-mail address that can be used."),
    "administration.last": N_(
        "This is the last active administrator. Make another account an administrator "
        "first."
    ),
    "deletion.kept": N_("Your account is kept: it will not be deleted."),
    "deletion.refused": N_(
        "Your account cannot be deleted, because other data belongs to it. Please ask "
        "the people who run this site."
    ),
    "hashing.busy": N_(
        "Too many people are logging in at the moment. Please try again in a few "
        "seconds."
    ),
    "passwords.address": N_("The password is the e-mail address: choose another."),
    "passwords.character": N_("The password holds a character that cannot be typed."),
    "passwords.common": N_("Many people use this password: choose another."),
    "passwords.long": N_("The password is too long: use at most {most} bytes."),
    "passwords.repeated": N_("The password repeats a few characters: choose another."),
    "passwords.short": N_("The password is short: use at least {least} characters."),
    "registration.closed": N_(
        "Registration is closed: this site takes no new accounts."
    ),
    "registration.invite": N_(
        "Registration needs an invitation. If you have one, open the link in it."
    ),
    "sessions.not_ended": N_(
        "You may still be logged in on this browser. Please try again in a few seconds."
    ),
    "tries.minute": N_("Too many tries. Try again in {minutes} minute."),
    "tries.minutes": N_("Too many tries. Try again in {minutes} minutes."),
    "user_agents.app": N_("An app"),
    "user_agents.like_chrome": N_("Chrome or one like it"),
    "user_agents.mac_or_ipad": N_("Mac or iPad"),
    "user_agents.on_system": N_("{browser} on {system}"),
    "user_agents.unknown": N_("Unknown browser"),
}

# email-validator's; for its other ones, "addresses.wrong" if that is translated.
OF_ADDRESSES: dict[str, str] = {
    "addresses.no_at": N_("An email address must have an @-sign."),
    "addresses.no_period": N_(
        "The part after the @-sign is not valid. It should have a period."
    ),
    "addresses.nothing_after": N_("There must be something after the @-sign."),
    "addresses.nothing_before": N_("There must be something before the @-sign."),
}
