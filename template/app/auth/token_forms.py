"""The form of the tokens."""

from __future__ import annotations

from datetime import timedelta

from wtforms import Field
from wtforms import SelectField
from wtforms import StringField
from wtforms import ValidationError
from wtforms.validators import InputRequired

from app.accounts import api_tokens
from app.auth.forms import Form

SCOPES = {api_tokens.READ: "Read", api_tokens.READ_WRITE: "Read and change"}

# Days, and what the form says. Empty: it does not expire.
LIFETIMES = {
    "7": "7 days",
    "30": "30 days",
    "90": "90 days",
    "365": "One year",
    "": "It does not expire",
}


def usable_name(form: Form, field: Field) -> None:
    """Validate the name of a token."""
    try:
        field.data = api_tokens.check_name(field.data or "")
    except ValueError as error:
        raise ValidationError(str(error)) from None


class TokenForm(Form):
    name = StringField(
        "Name",
        [InputRequired(), usable_name],
        description="What the token is for, such as the program that uses it.",
    )
    scopes = SelectField("What it may do", choices=SCOPES)
    days = SelectField("Valid for", choices=LIFETIMES, default="90", coerce=str)

    def lifetime(self) -> timedelta | None:
        """Return how long the token is valid; None: it does not expire."""
        days = self.text("days")
        return timedelta(days=int(days)) if days else None
