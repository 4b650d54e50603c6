"""The forms of the pages that send mail."""

from __future__ import annotations

from wtforms import Field
from wtforms import PasswordField
from wtforms import StringField
from wtforms import ValidationError
from wtforms.validators import InputRequired

from app.accounts.access import current_user
from app.auth.forms import address
from app.auth.forms import Form


def other_address(form: Form, field: Field) -> None:
    """Refuse the address that the account has."""
    if field.data == current_user.email:
        raise ValidationError("This is already your address.")


class AddressForm(Form):
    email = StringField("E-mail address", [InputRequired(), address])


class EmailForm(Form):
    email = StringField("New e-mail address", [InputRequired(), address, other_address])
    current = PasswordField("Current password", [InputRequired()])
