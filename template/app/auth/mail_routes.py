"""What needs mail: confirming an address, changing it, a forgotten password."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts import mails
from app.accounts import throttling
from app.auth import bp
from app.auth.mail_forms import AddressForm


@bp.route("/reset", methods=["GET", "POST"])
@throttling.limit_mails
def reset() -> ResponseReturnValue:
    """Send a link to a new password. The answer is the same for every address."""
    form, sent = AddressForm(), False
    if form.validate_on_submit():
        mails.ask_for_reset(form.text("email"))
        sent = True

    return render_template("auth/reset.html", form=form, sent=sent)


# Add your pages below this line.
