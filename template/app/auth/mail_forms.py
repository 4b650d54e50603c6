"""The forms of the pages that send mail."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired

from app.auth.forms import address
from app.auth.forms import Form


class AddressForm(Form):
    email = StringField("E-mail address", [InputRequired(), address])
