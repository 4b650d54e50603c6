from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.extensions import db
from config import TestingConfig


@pytest.fixture
def app() -> Iterator[Flask]:
    made = create_app(TestingConfig)
    with made.app_context():
        db.create_all()
        yield made
        db.drop_all()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
