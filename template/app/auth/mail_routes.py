"""What needs mail: confirming an address, changing it, a forgotten password."""

from __future__ import annotations

from flask import flash
from flask import redirect
from flask import render_template
from flask import url_for
from flask.typing import ResponseReturnValue

from app.accounts import confirmation
from app.accounts import email_change
from app.accounts import mail_limits
from app.accounts import mails
from app.accounts import throttling
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from app.accounts.token_pages import token_page
from app.auth import bp
from app.auth.forms import Form
from app.auth.mail_forms import AddressForm
from app.auth.mail_forms import EmailForm


@bp.route("/reset", methods=["GET", "POST"])
@mail_limits.limit_mails
def reset() -> ResponseReturnValue:
    """Send a link to a new password. The answer is the same for every address."""
    form, sent = AddressForm(), False
    if form.validate_on_submit():
        mails.ask_for_reset(form.text("email"))
        sent = True

    return render_template("auth/reset.html", form=form, sent=sent)


@bp.route("/confirm", methods=["GET", "POST"])
@mail_limits.limit_mails
def confirm() -> ResponseReturnValue:
    """Send the link that confirms an address again. The answer is always the same."""
    form, sent = AddressForm(), False
    if form.validate_on_submit():
        confirmation.ask_again(form.text("email"))
        sent = True

    return render_template("auth/confirm.html", form=form, sent=sent)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@token_page
def confirm_token(token: str) -> ResponseReturnValue:
    """Confirm an address. Only by POST: programs that read mail open its links."""
    form = Form()
    if form.validate_on_submit() and confirmation.confirm(token):
        flash("Your e-mail address is confirmed.", "success")
        return redirect(url_for("auth.login"))

    if confirmation.is_valid(token):
        return render_template("auth/confirm_token.html", form=form)
    return render_template("auth/old_link.html", again="auth.confirm"), 410


@bp.route("/email", methods=["GET", "POST"])
@login_required
@throttling.limit_password_checks
@mail_limits.limit_mails
def email() -> ResponseReturnValue:
    """Ask for another address, whose owner has to confirm it."""
    form, sent = EmailForm(), False
    if form.validate_on_submit():
        user = logged_in_account()
        sent = email_change.ask(user, form.text("current"), form.text("email"))
        if not sent:
            form.current.errors = ["This is not your password."]

    return render_template("auth/email.html", form=form, sent=sent)


@bp.route("/email/<token>", methods=["GET", "POST"])
@token_page
@login_required
def email_token(token: str) -> ResponseReturnValue:
    """Change the address to the one that has got the link."""
    form, user = Form(), logged_in_account()
    if form.validate_on_submit() and email_change.change(user, token):
        flash("Your e-mail address has been changed.", "success")
        return redirect(url_for("auth.email"))

    new = email_change.new_address(user, token)
    if new and not form.is_submitted():
        return render_template("auth/email_token.html", form=form, new=new)
    return render_template("auth/old_link.html", again="auth.email"), 410


# Add your pages below this line.
