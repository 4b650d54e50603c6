"""Typical views and forms: both type checkers must report nothing.

`tests/test_projects.py` copies this module into a project, for strict mypy and pyright
to read. It is not run.
"""

from __future__ import annotations

from datetime import date

from flask import abort
from flask import Blueprint
from flask import flash
from flask import redirect
from flask import render_template
from flask import url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField
from wtforms import DateField
from wtforms import FieldList
from wtforms import FormField
from wtforms import IntegerField
from wtforms import RadioField
from wtforms import SelectField
from wtforms import SelectMultipleField
from wtforms import StringField
from wtforms import SubmitField
from wtforms import TextAreaField
from wtforms import ValidationError
from wtforms.validators import InputRequired
from wtforms.validators import Length

from app.accounts.access import admin_required
from app.accounts.access import current_user
from app.accounts.access import fresh_login_required
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from app.core.forms import FileField
from app.core.forms import Form
from app.core.forms import MultipleFileField
from app.core.forms import value
from app.extensions import db
from app.models import User

SIZES = {"s": "Small", "l": "Large"}

bp = Blueprint("orders", __name__)


class PlaceForm(Form):
    class Meta:
        csrf = False

    town = StringField("Town", [InputRequired()])


class OrderForm(Form):
    name = StringField("Name", [InputRequired(), Length(max=100)])
    text = TextAreaField("Text", render_kw={"rows": 5})
    number = IntegerField("Number", [InputRequired()])
    day = DateField("Day", [InputRequired()])
    size = SelectField("Size", choices=SIZES)
    kind = RadioField("Kind", choices={"Warm": {"red": "Red"}, "Cold": {"b": "Blue"}})
    sizes = SelectMultipleField("Sizes", choices=SIZES)
    owner = SelectField("Owner", coerce=int)
    later = SelectField("Later", choices=lambda: SIZES)
    picture = FileField("Picture")
    pages = MultipleFileField("Pages")
    place = FormField(PlaceForm)
    tags = FieldList(StringField("Tag"))
    agreed = BooleanField("I agree", default=False)
    send = SubmitField("Order")

    def validate_name(self, field: StringField) -> None:
        if field.data == "nobody":
            raise ValidationError("Who is it?")


def place(name: str, number: int, day: date, *, agreed: bool) -> None: ...


@bp.route("/orders", methods=["GET", "POST"])
@login_required
def index() -> ResponseReturnValue:
    form = OrderForm()
    form.owner.choices = {str(user.id): user.email for user in db.session.query(User)}
    if form.validate_on_submit():
        name, number = value(form.name), value(form.number)
        place(name, number, value(form.day), agreed=form.agreed.data)
        picture = form.picture.data
        if picture:
            picture.save("picture")
        for page in form.pages.data or []:
            page.save(page.filename or "page")
        flash(f"Thank you, {current_user.email}.", "success")
        return redirect(url_for("orders.index"))

    return render_template("orders/index.html", form=form, token=form.hidden_tag())


@bp.get("/orders/<int:number>")
@fresh_login_required
def show(number: int) -> str:
    if number not in [session.id for session in logged_in_account().sessions]:
        abort(404)
    return str(number)


@bp.post("/orders/<int:number>/delete")
@login_required
@admin_required
def delete(number: int) -> ResponseReturnValue:
    return redirect(url_for("orders.index"), 303)


@bp.get("/orders/export")
@login_required
async def export() -> str:
    return show(1)


@bp.before_request
@login_required
def only_for_people_who_are_logged_in() -> None: ...
