from __future__ import annotations

from flask import Flask

from app.extensions import db
from app.extensions import login_manager
from config import Config


def create_app(config_class: type[Config] = Config) -> Flask:
    app = Flask(__name__)
    app.config.from_object(config_class)
    db.init_app(app)
    login_manager.init_app(app)

    from app.api import bp as api
    from app.auth import bp as auth
    from app.bench import bp as bench
    from app.main import bp as main

    app.register_blueprint(main)
    app.register_blueprint(auth, url_prefix="/auth")
    app.register_blueprint(api, url_prefix="/api/v1")
    app.register_blueprint(bench)
    with app.app_context():
        db.create_all()
    return app
