"""The rules about the source report each fault and accept each documented spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.maintained.rules import source_rules
from tests.maintained.rules.source_rules import broken
from tests.maintained.rules.source_rules import OF_MODULES
from tests.maintained.rules.source_rules import OF_TEMPLATES
from tests.maintained.rules.source_rules import PACKAGE
from tests.maintained.rules.source_rules import ROOT
from tests.maintained.rules.source_rules import Source

RULES = OF_MODULES | OF_TEMPLATES
MODULES = [*sorted(PACKAGE.rglob("*.py")), ROOT / "config.py", ROOT / "run.py"]
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))

BLUEPRINT = "bp = Blueprint('shop', __name__)\n"
SIGNED = "@csrf.exempt\ndef hook(): ...\n"

FAULTS = {
    # rule: the file, and the fault in it
    "factory": ("app/shop.py", "app = create_app()\n"),
    "extensions": ("app/shop.py", "db = SQLAlchemy()\n"),
    "routes": ("app/shop/__init__.py", f"from app.shop import routes\n{BLUEPRINT}"),
    "app-imports": ("app/shop.py", "from app import create_app\n"),
    "model-imports": ("app/models.py", "from app.shop.routes import index\n"),
    "secrets": ("app/shop.py", "MAIL_PASSWORD = 'hunter2'\n"),
    "app-run": ("app/shop.py", "app.run()\n"),
    "csrf-exempt": ("app/shop.py", SIGNED),
    "blueprint-folders": (
        "app/shop.py",
        "bp = Blueprint('shop', __name__, template_folder='pages')\n",
    ),
    "csrf-token": ("app/templates/a.html", "<form method='POST'>\n</form>\n"),
}

SPELLINGS = [
    ("factory", "app/__init__.py", "app = Flask(__name__)\n"),
    ("factory", "app/shop.py", "def main():\n    create_app()\n"),
    ("routes", "app/shop/__init__.py", f"{BLUEPRINT}from app.shop import routes\n"),
    ("routes", "app/shop/__init__.py", f"{BLUEPRINT}from . import routes\n"),
    ("routes", "app/shop/__init__.py", f"{BLUEPRINT}from .routes import index\n"),
    ("routes", "app/shop/__init__.py", f"{BLUEPRINT}import app.shop.routes\n"),
    ("routes", "app/shop.py", BLUEPRINT),
    ("secrets", "app/shop.py", "class Grant(StrEnum):\n    PASSWORD = 'pw1'\n"),
    ("secrets", "app/shop.py", "CSRF_TOKEN = 'csrf_token'\nAPI_KEY = 'X-Api-Key'\n"),
    ("secrets", "app/shop.py", "wrong_password = 'Try another one.'\n"),
    ("secrets", "app/shop.py", "session['token'] = 'mine'\n"),
    ("secrets", "app/shop.py", "PASSWORD = os.environ['PASSWORD']\n"),
    ("csrf-exempt", "app/shop.py", f"{SIGNED}csrf.protect()\n"),
    ("csrf-exempt", "app/shop.py", "@limiter.exempt\ndef index(): ...\n"),
    ("blueprint-folders", "app/shop.py", BLUEPRINT),
    ("blueprint-folders", "app/shop.py", "Blueprint('a', 'b', static_folder='s')\n"),
    *(
        ("csrf-token", "app/templates/a.html", f"<form method=post>{token}</form>")
        for token in (
            "{{ form.hidden_tag() }}",
            "{{ form.csrf_token }}",
            "{{ form.csrf_token() }}",
            '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">',
            '<input name="{{ config.WTF_CSRF_FIELD_NAME }}" value="{{ token }}">',
        )
    ),
    ("csrf-token", "app/templates/a.html", '<form method="get"></form>'),
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with an area `shop` and one extension."""
    (tmp_path / "app/shop").mkdir(parents=True)
    (tmp_path / "app/shop/routes.py").touch()
    (tmp_path / "app/extensions.py").write_text("db = SQLAlchemy()\n")
    monkeypatch.setattr(source_rules, "ROOT", tmp_path)
    monkeypatch.setattr(source_rules, "PACKAGE", tmp_path / "app")


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_sees_a_fault_and_names_line_reason_and_page(
    name: str, shop: None
) -> None:
    file, text = FAULTS[name]

    (line,) = broken(Source(file, f"\n{text}"), name, RULES[name])

    assert line.startswith(f"{file}:2 ")
    assert RULES[name].reason in line
    assert line.endswith(f": {name}")


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("reason", ["", "it was agreed"])
def test_a_line_may_be_an_exception_with_a_reason(
    name: str, reason: str, shop: None
) -> None:
    file, text = FAULTS[name]
    comment = f"# rule: {name} - {reason}"
    comment = f"{{{comment} #}}" if file.endswith("html") else comment

    left = broken(Source(file, f"{comment}\n{text}"), name, RULES[name])

    assert (left == []) is bool(reason)


@pytest.mark.parametrize(("name", "file", "text"), SPELLINGS)
def test_documented_spellings_break_no_rule(
    name: str, file: str, text: str, shop: None
) -> None:
    assert broken(Source(file, text), name, RULES[name]) == []


@pytest.mark.parametrize(
    "path", [*MODULES, *TEMPLATES], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_the_project_breaks_no_rule(path: Path) -> None:
    source = Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    rules = OF_TEMPLATES if path.suffix == ".html" else OF_MODULES

    assert [line for name in rules for line in broken(source, name, rules[name])] == []
