"""A page with every part of the design; the tests put it into projects."""

from __future__ import annotations

from flask import Blueprint
from flask import render_template
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileRequired
from wtforms import BooleanField
from wtforms import DateField
from wtforms import EmailField
from wtforms import IntegerField
from wtforms import PasswordField
from wtforms import RadioField
from wtforms import SelectField
from wtforms import SelectMultipleField
from wtforms import StringField
from wtforms import TextAreaField
from wtforms.validators import InputRequired
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput
from wtforms.widgets import ListWidget

from app.core.forms import FileField
from app.core.forms import Form

bp = Blueprint("parts", __name__, template_folder="templates")

COLOURS = {"red": "Red", "green": "Green"}


class Checkboxes(SelectMultipleField):
    """Several of the choices, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PartsForm(Form):
    """A field of every kind."""

    name = StringField("Name", [InputRequired(), Length(max=10)])
    email = EmailField("Address", description="It is shown to no one.")
    age = IntegerField("Age", [InputRequired()])
    born = DateField("Born on", [InputRequired()])
    password = PasswordField("Password", [InputRequired()])
    about = TextAreaField("About", [InputRequired()])
    colour = SelectField("Colour", choices=COLOURS)
    likes = SelectMultipleField("Likes", choices=COLOURS)
    owns = Checkboxes("Owns", choices=COLOURS)
    size = RadioField("Size", [InputRequired()], choices={"s": "Small", "l": "Large"})
    picture = FileField("Picture", [FileRequired()])
    agrees = BooleanField("I agree", [InputRequired()])


@bp.route("/parts", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    form = PartsForm()
    form.validate_on_submit()
    return render_template("parts.html", form=form)
