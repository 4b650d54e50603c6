"""Rules about the source of app/: what breaks one, where, and the reason.

A line may be an exception: `# rule: NAME - reason` on it or above it, in a template
`{# rule: NAME - reason #}`. AGENTS.md has the names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "app"
PAGE = 'AGENTS.md, "Rules that the tests read in the source"'

SECRET = re.compile(r"(secret|password|token|api_?key)$", re.IGNORECASE)
ALWAYS_SECRET = re.compile(r"secret(_key)?$", re.IGNORECASE)
POST = re.compile(r"""\bmethod\s*=\s*["']?post\b""", re.IGNORECASE)

Found = Iterator[tuple[int, str]]


@dataclass(frozen=True)
class Source:
    """A file of the project by its path, such as app/main/routes.py."""

    name: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


class Rule(NamedTuple):
    find: Callable[[Source], Found]
    reason: str


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call below `tree`, with the last part of the name that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run on import, including those in class bodies."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for part in inner:
            if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                yield part


def factory(source: Source) -> Found:
    for name, call in calls(source.tree):
        if name == "Flask" and source.name != "app/__init__.py":
            yield call.lineno, "makes an application"
    for statement in at_import(source.tree) if source.name != "run.py" else []:
        for name, call in calls(statement):
            if name == "create_app":
                yield call.lineno, "makes an application when it is imported"


def extensions(source: Source) -> Found:
    tree = ast.parse((PACKAGE / "extensions.py").read_text(encoding="utf-8"))
    made = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    names = {ast.unparse(call.func) for call in made if isinstance(call, ast.Call)}
    for name, call in calls(source.tree):
        if name in names and source.name != "app/extensions.py":
            yield call.lineno, f"makes a second {name}"


def routes(source: Source) -> Found:
    """A package must import its module `routes`, below the blueprint it uses."""
    made = [call.lineno for name, call in calls(source.tree) if name == "Blueprint"]
    beside = (ROOT / source.name).with_name("routes.py")
    if not made or not source.name.endswith("__init__.py") or not beside.exists():
        return
    lines = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and re.search(r"\broutes\b", ast.unparse(node))
    ]
    if not lines:
        yield made[0], "does not import its routes"
    elif min(lines) < made[0]:
        yield min(lines), "imports its routes above the blueprint"


def app_imports(source: Source) -> Found:
    for node in ast.walk(source.tree) if source.name != "run.py" else []:
        names = {alias.name for alias in getattr(node, "names", [])}
        module = getattr(node, "module", None)
        by_name = module == "app" and names & {"app", "create_app"}
        by_module = isinstance(node, ast.Import) and "run" in names
        if by_name or by_module or module == "run":
            yield getattr(node, "lineno", 1), "imports an application"


def model_imports(source: Source) -> Found:
    areas = {path.parent.name for path in PACKAGE.glob("*/routes.py")}
    if source.name != "app/models.py":
        return
    for node in ast.walk(source.tree):
        module = getattr(node, "module", None) or ""
        if isinstance(node, ast.ImportFrom) and set(module.split(".")[1:2]) & areas:
            yield node.lineno, "imports an area, which imports the models"


def secrets(source: Source) -> Found:
    for scope in ast.walk(source.tree):
        is_enum = isinstance(scope, ast.ClassDef) and "Enum" in str(
            [ast.unparse(base) for base in scope.bases]
        )
        for node in ast.iter_child_nodes(scope):
            if not is_enum and isinstance(node, ast.Assign | ast.AnnAssign):
                yield from secrets_of(node)


def secrets_of(node: ast.Assign | ast.AnnAssign) -> Found:
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    if not value or not isinstance(value, str):
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        name = ast.unparse(target).strip("\"'[]")
        if isinstance(target, ast.Subscript) and "config" not in name:
            continue  # such as a key of the session
        if (match := SECRET.search(name)) and (
            ALWAYS_SECRET.search(name) or not is_a_word(value, match[1])
        ):
            yield node.lineno, f"{name} is a text"


def is_a_word(value: str, kind: str) -> bool:
    """Return whether a string is a message, or names a field, a header or a view."""
    has_name = kind.replace("_", "").lower() in re.sub(r"[_-]", "", value).lower()
    return " " in value or has_name


def app_run(source: Source) -> Found:
    for _, call in calls(source.tree):
        if re.search(r"\bapp(\(.*\))?\.run$", ast.unparse(call.func)):
            yield call.lineno, "serves by app.run()"


def csrf_exempt(source: Source) -> Found:
    if "protect" in {name for name, _ in calls(source.tree)}:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "csrf.exempt":
            yield node.lineno, "needs no token"


def csrf_token(source: Source) -> Found:
    """A POST form needs a token: as Flask-WTF writes it, or as a handwritten field."""
    for match in re.finditer(r"<form\b(.*?)(</form>|$)", source.text, re.DOTALL):
        form, line = match[1], source.text.count("\n", 0, match.start()) + 1
        is_sent = POST.search(form.partition(">")[0]) or POST.search(form[:300])
        if is_sent and not re.search(r"hidden_tag|csrf_token|CSRF_FIELD_NAME", form):
            yield line, "has a form by POST without a token"


def blueprint_folders(source: Source) -> Found:
    for name, call in calls(source.tree):
        for keyword in call.keywords if name == "Blueprint" else []:
            is_folder = keyword.arg == "template_folder"
            if is_folder and ast.unparse(keyword.value) != "None":
                yield call.lineno, "has a template_folder"


OF_MODULES = {
    "factory": Rule(factory, "tests and commands each need an application"),
    "extensions": Rule(extensions, "a second object is bound to no application"),
    "routes": Rule(routes, "views that are not imported do not exist"),
    "app-imports": Rule(app_imports, "an application that imports itself is a circle"),
    "model-imports": Rule(model_imports, "that is a circle"),
    "secrets": Rule(secrets, "Git keeps it: read it from the environment"),
    "app-run": Rule(app_run, "that is the server of development"),
    "csrf-exempt": Rule(csrf_exempt, "another site can send it for a visitor"),
    "blueprint-folders": Rule(blueprint_folders, "pages of one name shadow each other"),
}
OF_TEMPLATES = {
    "csrf-token": Rule(csrf_token, "what it sends is refused"),
}


def broken(source: Source, name: str, rule: Rule) -> list[str]:
    """Return a line for each place that breaks a rule and is no exception."""
    return [
        f"{source.name}:{line} {what}: {rule.reason}. {PAGE}: {name}"
        for line, what in rule.find(source)
        if not is_exception(source.text, line, name)
    ]


def is_exception(text: str, line: int, name: str) -> bool:
    """Return whether a line, or the one above it, declares an exception from a rule."""
    exception = re.compile(rf"\{{?# rule: {name} - \w")
    lines = text.splitlines()[max(line - 2, 0) : line]
    return any(exception.search(one) for one in lines)
