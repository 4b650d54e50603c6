import pytest

from app import create_app
from app.extensions import db
from app.models import Tool, User
from config import TestingConfig


@pytest.fixture
def app():
    app = create_app(TestingConfig)
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.drop_all()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def ada(app):
    with app.app_context():
        user = User.join("ada@example.com", "Ada", "a long password")
        user.tools.append(Tool(name="Ladder", deposit=20))
        db.session.commit()
        return user.id
