"""A project whose people are logged in, with columns of the owner on their accounts."""

from __future__ import annotations

from pathlib import Path

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.update.in_use import InUse
from tests.update.projects_to_update import check
from tests.update.projects_to_update import check_untouched
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import append
from tests.update.scenarios import below

CREATED = (
    "    created_at: Mapped[datetime] = "
    "mapped_column(default=lambda: datetime.now(UTC))\n"
)
COLUMNS = CREATED + (
    "    nickname: Mapped[str | None] = mapped_column(sa.String(50), unique=True)\n"
    '    plan: Mapped[str] = mapped_column(sa.String(20), server_default="free")\n'
)
NOTES = '''

class Note(Base):
    """What somebody wrote down."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(sa.String(200))
'''
JOIN = '''

@bp.route("/join", methods=["POST"])
def join() -> ResponseReturnValue:
    """Make an account with a nickname, and log in."""
    user = users.create(request.form["email"], request.form["password"])
    user.nickname = request.form["nickname"]
    db.session.add(Note(owner_id=user.id, text="Joined."))
    db.session.commit()
    sessions.begin(user, remember="remember" in request.form)
    return redirect(url_for("auth.login"))
'''
JOIN_IMPORTS = (
    "from app.auth.forms import RegistrationForm\n"
    "from app.extensions import db\nfrom app.models import Note\n"
)
LINK = '      <a href="/about">About us</a>\n'

# What the owner adds to files of the template.
EDITS = {
    "app/auth/routes.py": JOIN,
    "app/models.py": NOTES,
    "app/templates/base.html": LINK,
}
TABLES = {
    "users": (
        "id, email, password_hash, is_active, is_admin, created_at, nickname, plan"
    ),
    "user_sessions": (
        "id, user_id, token_hash, created_at, seen_at, expires_at, browser, remembered"
    ),
    "notes": "id, owner_id, text",
}

# In production the cookies have other names, and HTTPS is required.
SETTINGS = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "rk3Wm0Qyq7eC1u9tHn5xZf8sLd2vBg6a",
    "SITE_URL": "https://localhost",
    "TRUSTED_HOSTS": "localhost",
}

# What the scripts below begin with.
BROWSER = """
import json, re, sys
from app import create_app

app = create_app()
app.config.update(WTF_CSRF_ENABLED=False, PREFERRED_URL_SCHEME="https")
PASSWORD = "correct horse battery staple"


def browser(cookies=()):
    client = app.test_client()
    for name, value in cookies:
        client.set_cookie(name, value, secure=True)
    return client


def log_in(email, password=PASSWORD, client=None):
    form = {"email": email, "password": password}
    return (client or browser()).post("/auth/login", data=form).location
"""

# Two people log in, one of them twice, and one more joins; prints the cookies of four
# browsers: in the last one, the cookie of the session has expired.
JOINING = (
    BROWSER
    + """

def cookies(path, **form):
    client = browser()
    answer = client.post(path, data=form | {"password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return [(one.key, one.value) for one in client._cookies.values()]


browsers = [
    cookies("/auth/join", email="ada@example.com", nickname="Ada"),
    cookies("/auth/join", email="grace@example.com", nickname="Grace", remember="y"),
    cookies("/auth/login", email="ada@example.com", remember="y"),
]
browsers.append([one for one in browsers[-1] if "remember" in one[0]])
assert [len(one) for one in browsers] == [1, 2, 2, 1], browsers
cookies("/auth/join", email="joan@example.com", nickname="Joan")
print(json.dumps(browsers))
"""
)
JOINED = {"users": 3, "user_sessions": 4, "notes": 3}

# Prints who each browser is logged in as, and whether a password logs in.
VISITING = (
    BROWSER
    + """
for cookies in json.loads(sys.argv[1]):
    page = browser(cookies).get("/dashboard")
    shown = re.search(r"[a-z]+@example.com", page.text)
    print(page.status_code, shown and shown[0])
print(log_in("grace@example.com"))
"""
)
VISITED = (
    "200 ada@example.com\n200 grace@example.com\n"
    "200 ada@example.com\n200 ada@example.com\n/dashboard\n"
)

# Prints how many sessions the page of sessions shows, and that a browser is logged out
# there, by which the others stay logged in.
ENDING = (
    BROWSER
    + """
ada, _, other, _ = [browser(cookies) for cookies in json.loads(sys.argv[1])]
page = ada.get("/auth/sessions").text
(path,) = re.findall(r"/auth/sessions/\\d+/end", page)
print(page.count("<time"), other.get("/dashboard").status_code)
print(ada.post(path).status_code, other.get("/dashboard").status_code)
print(ada.get("/dashboard").status_code)
"""
)
ENDED = "4 200\n302 302\n200\n"

# Prints what people get by mail: a new account logs in after its button is pressed, an
# account of before takes another password and another address. One more account is
# never confirmed.
MAILING = (
    BROWSER
    + """
app.config["MAIL_THREADS"] = 0
outbox = app.extensions["mail_delivery"].outbox = []


def link(kind):
    mail = outbox[-1]
    text = mail.get_body(("plain",)).get_content()
    (path,) = re.findall(rf"https://localhost(/auth/{kind}/[^ \\n]+)", text)
    return mail["To"], path


def register(email):
    form = {"email": email, "password": PASSWORD, "confirm": PASSWORD}
    return browser().post("/auth/register", data=form).status_code


print(register("new@example.com"), log_in("new@example.com"))
to, path = link("confirm")
browser().get(path)
print(to, log_in("new@example.com"))
_, path = link("confirm")
browser().post(path)
print(log_in("new@example.com"))

NEW = "another battery staple horse"
browser().post("/auth/reset", data={"email": "joan@example.com"})
to, path = link("reset")
print(to, browser().post(path, data={"password": NEW, "confirm": NEW}).location)
joan = browser()
print(log_in("joan@example.com"), log_in("joan@example.com", NEW, joan))

joan.post("/auth/email", data={"email": "jo@example.com", "current": NEW})
to, path = link("email")
print(to, joan.post(path).location, log_in("jo@example.com", NEW))

print(register("late@example.com"), log_in("late@example.com"))
"""
)
MAILED = """\
200 None
new@example.com None
/dashboard
joan@example.com /auth/login
None /dashboard
jo@example.com /auth/email /dashboard
200 None
"""

# The same without mail: the account that was never confirmed logs in, and so does a
# new one; the pages of mail are gone.
UNMAILED = (
    BROWSER
    + """
print(log_in("late@example.com"))
newest = browser()
form = {"email": "newest@example.com", "password": PASSWORD, "confirm": PASSWORD}
print(newest.post("/auth/register", data=form).location)
print(newest.get("/dashboard").status_code)
for path in ("reset", "confirm", "email"):
    print(newest.get(f"/auth/{path}").status_code)
"""
)


class People(InUse):
    """A project with people who are logged in."""

    def __init__(self, folder: Path, template: Path, python: Path, url: str) -> None:
        super().__init__(folder, python, **SETTINGS, DATABASE_URL=url)
        self.template = template

    def start(self) -> None:
        """Add lines of the owner and a revision, and let people log in."""
        edit(self.folder / "app/models.py", CREATED, COLUMNS)
        append(self.folder, "app/models.py", NOTES)
        routes = "app/auth/routes.py"
        first = "from app.auth.forms import RegistrationForm\n"
        edit(self.folder / routes, first, JOIN_IMPORTS)
        append(self.folder, routes, JOIN)
        below(self.folder, "app/templates/base.html", "      {# Add your links", LINK)
        self.flask("db", "upgrade")
        self.migrate("nicknames")
        self.cookies = self.script(JOINING)
        rows = self.rows()
        assert {table: len(rows[table]) for table in TABLES} == JOINED
        assert self.visits() == VISITED
        self.commit("in use")

    def commit(self, message: str) -> None:
        commit_all(self.folder, message)
        self.clean()

    def clean(self) -> None:
        """Delete what git ignores, such as compiled modules."""
        git(self.folder, "clean", "--quiet", "-d", "-X", "--force")

    def visits(self) -> str:
        return self.script(VISITING, self.cookies)

    def rows(self) -> dict[str, list[list[object]]]:
        selects = [
            f"SELECT {columns} FROM {table} ORDER BY id"  # noqa: S608
            for table, columns in TABLES.items()
        ]
        return dict(zip(TABLES, self.sql(*selects), strict=True))

    def update(self, fresh: Path, *added: str, **answers: object) -> None:
        """Update without a conflict, and with every line of the owner.

        What the owner has not changed is as in a fresh render, made in `fresh`; `added`
        are files of the owner.
        """
        self.clean()
        updated(self.folder, WORK_TREE, **answers)
        check(self.folder, WORK_TREE, Expected(edits=EDITS))
        models = (self.folder / "app/models.py").read_text()
        assert COLUMNS.removeprefix(CREATED) in models
        edited = {*EDITS, *added}
        check_untouched(self.folder, self.template, WORK_TREE, fresh, edited)

    def revisions(self) -> set[Path]:
        return {*(self.folder / "migrations/versions").glob("*.py")}

    def migrate_with_rows(self) -> None:
        """Migrate up, down and up; the rows stay, and the revision is laid out."""
        rows, revisions = self.rows(), self.revisions()
        self.bring_up_to_date()
        assert self.rows() == rows
        (made,) = self.revisions() - revisions
        ruff = (str(self.python), "-m", "ruff")
        run(self.folder, *ruff, "check", "--no-cache", str(made))
        run(self.folder, *ruff, "format", "--no-cache", "--check", str(made))

        self.flask("db", "downgrade")
        assert self.rows() == rows
        self.flask("db", "upgrade")
        assert self.rows() == rows
        assert self.is_migrated()

    def is_migrated(self) -> bool:
        return "No new upgrade" in self.flask("db", "check")
