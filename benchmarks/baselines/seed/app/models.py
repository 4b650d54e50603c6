from __future__ import annotations

from datetime import datetime
from datetime import UTC

from flask_login import UserMixin

from app.extensions import db
from app.extensions import login_manager


class User(UserMixin, db.Model):
    __tablename__ = "users"

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(254), unique=True, index=True, nullable=False)
    password_hash = db.Column(db.String(255), nullable=False)
    is_active = db.Column(db.Boolean, default=True)
    created_at = db.Column(db.DateTime, default=lambda: datetime.now(UTC))


@login_manager.user_loader
def find(identity: str) -> User | None:
    return db.session.get(User, int(identity))
