"""The extensions: created here once, bound to an application by the factory.

A module of their own, so that models and blueprints import them without the
application.
"""

from __future__ import annotations

from pathlib import Path

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from app.core.database import Base

# isort: split
# Add your imports below this line.

db = SQLAlchemy(model_class=Base)

# Absolute, so that `flask db` works from any folder.
migrate = Migrate(directory=str(Path(__file__).parent.parent / "migrations"))

csrf = CSRFProtect()

# Add your extensions below this line.
