"""The forms of the accounts."""

from __future__ import annotations

from wtforms import BooleanField
from wtforms import Field
from wtforms import PasswordField
from wtforms import StringField
from wtforms import ValidationError
from wtforms.validators import EqualTo
from wtforms.validators import InputRequired

from app.accounts import passwords
from app.accounts.access import current_user
from app.accounts.addresses import normalise
from app.core import forms


class Form(forms.Form):
    """A form for browsers, which does not accept JSON."""

    accepts_json = False

    def text(self, name: str) -> str:
        """Return what was given for a field."""
        return self[name].data or ""


def address(form: Form, field: Field) -> None:
    """Validate and normalise an e-mail address."""
    try:
        field.data = normalise(field.data)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def new_password(form: Form, field: Field) -> None:
    """Validate a new password."""
    try:
        own = current_user.email if current_user.is_authenticated else ""
        passwords.check(field.data, form.data.get("email") or own)
    except ValueError as error:
        raise ValidationError(str(error)) from None


class LoginForm(Form):
    email = StringField("E-mail address", [InputRequired(), address])
    password = PasswordField("Password", [InputRequired()])
    remember = BooleanField("Keep me logged in on this device")


class RegistrationForm(Form):
    email = StringField("E-mail address", [InputRequired(), address])
    password = PasswordField("Password", [InputRequired(), new_password])
    confirm = PasswordField(
        "Password, once more",
        [InputRequired(), EqualTo("password", "The two passwords differ.")],
    )


class InviteForm(Form):
    email = StringField("E-mail address", [InputRequired(), address])


class InvitationForm(Form):
    password = PasswordField("Password", [InputRequired(), new_password])
    confirm = PasswordField(
        "Password, once more",
        [InputRequired(), EqualTo("password", "The two passwords differ.")],
    )


class NewPasswordForm(Form):
    """A password without the old one, for who comes by a link."""

    password = PasswordField("New password", [InputRequired(), new_password])
    confirm = PasswordField(
        "New password, once more",
        [InputRequired(), EqualTo("password", "The two passwords differ.")],
    )


class PasswordForm(Form):
    current = PasswordField("Current password", [InputRequired()])
    password = PasswordField("New password", [InputRequired(), new_password])
    confirm = PasswordField(
        "New password, once more",
        [InputRequired(), EqualTo("password", "The two passwords differ.")],
    )


class TypedPasswordForm(Form):
    password = PasswordField("Current password", [InputRequired()])
