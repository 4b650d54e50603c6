from flask_wtf import FlaskForm
from wtforms import DecimalField, StringField, SubmitField
from wtforms.validators import DataRequired, Length, Optional


class ToolForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired(), Length(max=80)])
    deposit = DecimalField("Deposit", validators=[Optional()])
    submit = SubmitField("Lend it")
