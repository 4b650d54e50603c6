from __future__ import annotations

from flask import redirect
from flask import render_template
from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from flask_login import login_user
from flask_login import logout_user
from werkzeug.security import check_password_hash
from werkzeug.security import generate_password_hash

from app.auth import bp
from app.auth.forms import LoginForm
from app.auth.forms import RegistrationForm
from app.extensions import db
from app.models import User


@bp.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    form = RegistrationForm()
    if form.validate_on_submit():
        hashed = generate_password_hash(form.password.data or "")
        db.session.add(User(email=form.email.data, password_hash=hashed))
        db.session.commit()
        return redirect(url_for("auth.login"))
    return render_template("auth/register.html", form=form)


@bp.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    form = LoginForm()
    if form.validate_on_submit():
        found = db.session.scalar(db.select(User).filter_by(email=form.email.data))
        if found and check_password_hash(found.password_hash, form.password.data or ""):
            login_user(found, remember=form.remember.data)
            return redirect(url_for("main.dashboard"))
        form.form_errors.append("Wrong address or password.")
    return render_template("auth/login.html", form=form)


@bp.post("/logout")
@login_required
def logout() -> ResponseReturnValue:
    logout_user()
    return redirect(url_for("main.index"))
