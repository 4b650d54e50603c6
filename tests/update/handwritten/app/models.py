from datetime import datetime, timedelta

from flask import current_app
from flask_login import UserMixin
from werkzeug.security import check_password_hash, generate_password_hash

from app.extensions import db, login_manager


class User(UserMixin, db.Model):
    __tablename__ = "users"

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(120), unique=True, nullable=False)
    password_hash = db.Column(db.String(256), nullable=False)
    name = db.Column(db.String(80), nullable=False)
    created_at = db.Column(db.DateTime, default=datetime.utcnow)

    tools = db.relationship("Tool", back_populates="owner")

    def is_password(self, text):
        return check_password_hash(self.password_hash, text)

    @staticmethod
    def join(email, name, password):
        hashed = generate_password_hash(password)
        person = User(email=email, name=name, password_hash=hashed)
        db.session.add(person)
        return person


class Tool(db.Model):
    __tablename__ = "tools"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False)
    deposit = db.Column(db.Numeric(8, 2))
    owner_id = db.Column(db.ForeignKey("users.id"), nullable=False)

    owner = db.relationship("User", back_populates="tools")
    loans = db.relationship("Loan", back_populates="tool")

    def is_lent(self):
        return any(not loan.returned for loan in self.loans)


class Loan(db.Model):
    __tablename__ = "loans"

    id = db.Column(db.Integer, primary_key=True)
    tool_id = db.Column(db.ForeignKey("tools.id"), nullable=False)
    borrower = db.Column(db.String(80), nullable=False)
    due_at = db.Column(db.DateTime, nullable=False)
    returned = db.Column(db.Boolean, default=False, nullable=False)

    tool = db.relationship("Tool", back_populates="loans")

    @staticmethod
    def start(tool, borrower):
        days = current_app.config["LOAN_DAYS"]
        due = datetime.utcnow() + timedelta(days=days)
        return Loan(tool=tool, borrower=borrower, due_at=due)


@login_manager.user_loader
def person_of_session(number):
    return db.session.get(User, int(number))
