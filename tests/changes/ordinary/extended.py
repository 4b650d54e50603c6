"""Flask extensions that products add. docs/adding.md has longer recipes."""

from __future__ import annotations

from tests.changes.applying import Change
from tests.changes.applying import change

ANSWERS = {"preset": "website"}

FACTORY = "app/__init__.py"
EXTENSIONS = "    # Add your extensions below this line.\n"
PACKAGES = "    # Your dependencies: `uv add` writes them below this line.\n"


def extension(
    package: str, imports: str, made: str, bound: str, *more: tuple[str, ...]
) -> Change:
    """Return the change that adds an extension, as docs/adding.md does."""
    name = made.split(" = ", maxsplit=1)[0]
    here = "# Add your imports below this line.\n"
    module = imports.split()[1].split(".", maxsplit=1)[0]
    return change(
        ("pyproject.toml", PACKAGES, f'{PACKAGES}    "{package}",\n'),
        ("pyproject.toml", "# Add the settings of your tools below this line.\n", (
            "# Add the settings of your tools below this line.\n\n"
            "[[tool.mypy.overrides]]\n"
            f'module = ["{module}.*"]\nignore_missing_imports = true\n'
        )),
        ("app/extensions.py", here, here + imports),
        ("app/extensions.py", "# Add your extensions below this line.\n", (
            f"# Add your extensions below this line.\n{made}\n"
        )),
        (FACTORY, here, f"{here}from app.extensions import {name}\n"),
        (FACTORY, EXTENSIONS, f"{EXTENSIONS}    {bound}\n"),
        *more,
    )  # fmt: skip


CHANGES = {
    "Flask-Caching": extension(
        "flask-caching>=2.3",
        "from flask_caching import Cache\n",
        "cache = Cache()",
        'cache.init_app(app, config={"CACHE_TYPE": "SimpleCache"})',
    ),
    "Flask-DebugToolbar": extension(
        "flask-debugtoolbar>=0.16",
        "from flask_debugtoolbar import DebugToolbarExtension\n",
        "toolbar = DebugToolbarExtension()",
        "if app.debug:\n        toolbar.init_app(app)",
    ),
    "Flask-Babel": extension(
        "flask-babel>=4.0",
        "from flask_babel import Babel\n",
        "babel = Babel()",
        'babel.init_app(app, default_locale="de")',
    ),
    "Flask-CORS": extension(
        "flask-cors>=6.0",
        "from flask_cors import CORS\n",
        "cors = CORS()",
        'cors.init_app(app, resources={r"/api/*": {"origins": "https://a.example"}})',
    ),
    "Flask-Compress": extension(
        "flask-compress>=1.17",
        "from flask_compress import Compress\n",
        "compress = Compress()",
        "compress.init_app(app)",
    ),
    "Flask-Admin": change(
        ("pyproject.toml", PACKAGES, f'{PACKAGES}    "flask-admin[sqlalchemy]>=2.0",\n'),
        ("pyproject.toml", "# Add the settings of your tools below this line.\n", (
            "# Add the settings of your tools below this line.\n\n"
            "[[tool.mypy.overrides]]\n"
            'module = ["flask_admin.*"]\nignore_missing_imports = true\n'
        )),
        (FACTORY, EXTENSIONS, (
            f'{EXTENSIONS}    Admin(name="The office").init_app(app)\n'
        )),
        (FACTORY, "# Add your imports below this line.\n", (
            "# Add your imports below this line.\nfrom flask_admin import Admin\n"
        )),
    ),
}  # fmt: skip
