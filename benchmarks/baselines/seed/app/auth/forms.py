from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms import PasswordField
from wtforms import StringField
from wtforms.validators import Email
from wtforms.validators import EqualTo
from wtforms.validators import InputRequired


class LoginForm(FlaskForm):
    email = StringField("Email address", [InputRequired(), Email()])
    password = PasswordField("Password", [InputRequired()])
    remember = BooleanField("Stay logged in")


class RegistrationForm(FlaskForm):
    email = StringField("Email address", [InputRequired(), Email()])
    password = PasswordField("Password", [InputRequired()])
    confirm = PasswordField("Password again", [InputRequired(), EqualTo("password")])
