"""A product without accounts."""

from __future__ import annotations

from tests.changes.applying import change

ANSWERS = {"preset": "minimal"}

MODELS = "app/models.py"
TABLES = (
    "# Add your models below this line, each a class on `Base` of app.core.database.\n"
)

CHANGES = {
    "the start page is plain text": change(
        ("app/main/routes.py", 'return render_template("main/index.html")', (
            'return "Hello, World!"'
        )),
        ("app/main/routes.py", "from flask import render_template\n\n", ""),
        asks="test_the_start_page_has_the_name_of_the_site",
    ),
    "a first table": change(
        (MODELS, "# Add your imports below this line.\n", (
            "# Add your imports below this line.\n"
            "from sqlalchemy.orm import Mapped\n"
            "from sqlalchemy.orm import mapped_column\n\n"
            "from app.core.database import Base\n"
        )),
        (MODELS, TABLES, TABLES + '''

class Note(Base):
    """A note."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
'''),
        revision=True,
    ),
    "pages in another language": change(
        ("app/templates/base.html", '<html lang="en">', '<html lang="fr">'),
    ),
    "only warnings are logged": change(
        ("config.py", '"INFO"', '"WARNING"'),
    ),
}  # fmt: skip
