from flask import flash, redirect, render_template, url_for
from flask_login import login_required, login_user, logout_user

from app.auth import bp
from app.auth.forms import SignInForm, JoinForm
from app.extensions import db
from app.models import User


@bp.route("/join", methods=["GET", "POST"])
def join():
    form = JoinForm()
    if form.validate_on_submit():
        if User.query.filter_by(email=form.email.data).first():
            flash("There is an account with this address.", "error")
            return render_template("auth/join.html", form=form)
        User.join(form.email.data, form.name.data, form.password.data)
        db.session.commit()
        return redirect(url_for("auth.sign_in"))
    return render_template("auth/join.html", form=form)


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    form = SignInForm()
    if form.validate_on_submit():
        user = User.query.filter_by(email=form.email.data).first()
        if user is not None and user.is_password(form.password.data):
            login_user(user)
            return redirect(url_for("main.index"))
        flash("That was not right.", "error")
    return render_template("auth/sign_in.html", form=form)


@bp.route("/sign-out", methods=["POST"])
@login_required
def sign_out():
    logout_user()
    return redirect(url_for("main.index"))
