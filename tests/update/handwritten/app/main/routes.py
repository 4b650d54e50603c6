from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user, login_required

from app.extensions import db
from app.main import bp
from app.main.forms import ToolForm
from app.models import Loan, Tool


@bp.route("/")
def index():
    tools = Tool.query.order_by(Tool.name).all()
    return render_template("main/index.html", tools=tools)


@bp.route("/tools/new", methods=["GET", "POST"])
@login_required
def new_tool():
    form = ToolForm()
    if form.validate_on_submit():
        tool = Tool(name=form.name.data, deposit=form.deposit.data, owner=current_user)
        db.session.add(tool)
        db.session.commit()
        flash("Thank you, others can borrow it now.", "success")
        return redirect(url_for("main.index"))
    return render_template("main/new_tool.html", form=form)


@bp.route("/tools/<int:tool_id>/borrow", methods=["POST"])
@login_required
def borrow(tool_id):
    tool = db.get_or_404(Tool, tool_id)
    if tool.is_lent():
        abort(409)
    db.session.add(Loan.start(tool, current_user.name))
    db.session.commit()
    return redirect(url_for("main.index"))
