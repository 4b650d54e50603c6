"""Accounts in use, with live sessions and columns of the owner, over an update.

The piece `mail` comes with 0.13.0, and stays off until it is switched on.
"""

from __future__ import annotations

from pathlib import Path

import copier
import pytest

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import run
from tests.support.running.database_servers import DatabaseServer
from tests.update import projects_to_update
from tests.update.in_use import InUse
from tests.update.in_use import passes_its_tests
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import check
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import append
from tests.update.scenarios import below
from tests.update.starts import before

# The newest before migrations kept all rows on SQLite, and the newest without mail.
STARTS = [before("0.7.0")[-1], before("0.13.0")[-1]]

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
MAIL = "app/templates/mail/test.txt"
LINK = '      <a href="/about">About us</a>\n'

TABLES = {
    "users": (
        "id, email, password_hash, is_active, is_admin, created_at, nickname, plan"
    ),
    "user_sessions": (
        "id, user_id, token_hash, created_at, seen_at, expires_at, browser, remembered"
    ),
    "notes": "id, owner_id, text",
}

# Two people join, one on two browsers; prints the cookies of the three browsers.
JOINING = """
import json
from app import create_app

app = create_app()
app.config["WTF_CSRF_ENABLED"] = False
PASSWORD = "correct horse battery staple"
browsers = []


def browser(path, **form):
    client = app.test_client()
    form |= {"password": PASSWORD}
    answer = client.post(path, data=form)
    assert answer.status_code == 302, answer.text
    browsers.append([(one.key, one.value) for one in client._cookies.values()])


browser("/auth/join", email="ada@example.com", nickname="Ada")
browser("/auth/join", email="grace@example.com", nickname="Grace", remember="y")
browser("/auth/login", email="ada@example.com", remember="y")
print(json.dumps(browsers))
"""

# Prints who each browser is logged in as, and whether a password logs in.
VISITING = """
import json, re, sys
from app import create_app

app = create_app()
for cookies in json.loads(sys.argv[1]):
    client = app.test_client()
    for name, value in cookies:
        client.set_cookie(name, value)
    page = client.get("/dashboard")
    shown = re.search(r"[a-z]+@example.com", page.text)
    print(page.status_code, shown and shown[0])
app.config["WTF_CSRF_ENABLED"] = False
form = {"email": "grace@example.com", "password": "correct horse battery staple"}
print(app.test_client().post("/auth/login", data=form).location)
"""
VISITED = (
    "200 ada@example.com\n200 grace@example.com\n200 ada@example.com\n/dashboard\n"
)

# Registers, and prints what the person gets: before the link in the mail is followed,
# by opening it, and by its button.
CONFIRMING = """
import re, sys
from app import create_app

app = create_app()
app.config.update(WTF_CSRF_ENABLED=False, MAIL_THREADS=0)
outbox = app.extensions["mail_delivery"].outbox = []
client = app.test_client()
form = {"email": sys.argv[1], "password": "correct horse battery staple"}


def log_in():
    print(client.post("/auth/login", data=form).location)


def path():
    text = outbox[-1].get_body(("plain",)).get_content()
    (found,) = re.findall(r"http://localhost:5000(/auth/confirm/[^ \\n]+)", text)
    return found


client.post("/auth/register", data=form | {"confirm": form["password"]})
# Each log-in that is refused sends a newer link.
log_in()
client.get(path())
log_in()
client.post(path())
log_in()
"""
CONFIRMED = "None\nNone\n/dashboard\n"


class People(InUse):
    """A project with people who are logged in."""

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
        assert self.visits() == VISITED
        commit_all(self.folder, "in use")

    def visits(self) -> str:
        return self.script(VISITING, self.cookies)

    def rows(self) -> list[list[list[object]]]:
        selects = [
            f"SELECT {columns} FROM {table} ORDER BY id"  # noqa: S608
            for table, columns in TABLES.items()
        ]
        return self.sql(*selects)

    def update(self, **answers: object) -> None:
        """Update without a conflict, and with every line of the owner."""
        updated(self.folder, WORK_TREE, **answers)
        expected = Expected(
            edits={
                "app/auth/routes.py": JOIN,
                "app/models.py": NOTES,
                "app/templates/base.html": LINK,
            }
        )
        check(self.folder, WORK_TREE, expected)
        assert (
            COLUMNS.removeprefix(CREATED) in (self.folder / "app/models.py").read_text()
        )

    def revisions(self) -> set[Path]:
        return {*(self.folder / "migrations/versions").glob("*.py")}

    def migrate_with_rows(self) -> None:
        """Migrate up, down and up; the rows stay, and the revision is laid out."""
        rows, revisions = self.rows(), self.revisions()
        assert [len(table) for table in rows] == [2, 4, 2]
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
        assert "No new upgrade" in self.flask("db", "check")
        commit_all(self.folder, "updated")


def keeps_its_people(people: People) -> None:
    """Update and migrate: everybody stays, and stays logged in."""
    people.start()

    people.update()
    assert not answers_of(people.folder).get("mail")
    people.migrate_with_rows()
    (counted,) = people.sql("SELECT count(*) FROM users WHERE NOT is_confirmed")
    assert counted == [[0]]
    assert people.visits() == VISITED

    people.update(mail=True)
    people.bring_up_to_date()
    assert people.visits() == VISITED
    assert people.script(CONFIRMING, "new@example.com") == CONFIRMED


@pytest.fixture(params=STARTS)
def release(request: pytest.FixtureRequest) -> str:
    """The release that a project comes from."""
    return str(request.param)


@pytest.fixture
def on_sqlite(release: str, project: Project, environment: Path) -> People:
    return People(project(release, "website"), environment, APP_CONFIG="development")


@pytest.fixture
def on_a_server(
    release: str,
    server: DatabaseServer,
    with_driver: Path,
    published: Path,
    tmp_path: Path,
) -> People:
    folder = projects_to_update.rendered(
        published, release, tmp_path / "project", preset="website", database=server.name
    )
    projects_to_update.committed(folder)
    url = server.database("people")
    return People(folder, with_driver, APP_CONFIG="development", DATABASE_URL=url)


def test_people_on_sqlite_stay_logged_in(on_sqlite: People) -> None:
    keeps_its_people(on_sqlite)


def test_people_on_a_server_stay_logged_in(on_a_server: People) -> None:
    keeps_its_people(on_a_server)


@pytest.fixture
def with_mail(project: Project, environment: Path) -> People:
    """A project that has mail, with an edit of the owner in a file of mail."""
    ours = project(STARTS[-1], "website")
    people = People(ours, environment, APP_CONFIG="development")
    people.start()
    people.update(mail=True)
    people.bring_up_to_date()
    append(ours, MAIL, "\nSent by us.\n")
    commit_all(ours, "with mail")
    return people


def test_mail_leaves_only_with_consent_and_everybody_stays(with_mail: People) -> None:
    folder = with_mail.folder
    before = files(folder)

    with pytest.raises(copier.errors.UserMessageError) as refused:
        updated(folder, WORK_TREE, mail=False)
    assert "remove=mail" in str(refused.value)
    assert "in app/templates/mail" in str(refused.value)
    assert files(folder) == before

    with_mail.update(mail=False, remove="mail")
    assert not (folder / MAIL).exists()
    assert not (folder / "app/core/mail.py").exists()
    assert answers_of(folder)["mail"] is False
    with_mail.bring_up_to_date()
    assert with_mail.visits() == VISITED
    passes_its_tests(folder, with_mail.python, "--ignore=tests/maintained")
