from __future__ import annotations

from flask import redirect
from flask import render_template
from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from flask_login import login_user
from flask_login import logout_user
from werkzeug.security import check_password_hash

from app.auth import bp
from app.auth.forms import LoginForm
from app.extensions import db
from app.models import User


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
