"""Pages, layout, words and addresses."""

from __future__ import annotations

from tests.changes.applying import change

ANSWERS = {"preset": "full"}

BASE = "app/templates/base.html"
MAIN = "app/main/routes.py"
FACTORY = "app/__init__.py"
HERE = "# Add your imports below this line.\n"
EXTENSIONS = "    # Add your extensions below this line.\n"
PAGES = "# Add your pages below this line.\n"

CHANGES = {
    "the start page reads the database": change(
        (MAIN, "from app.main import bp\n", (
            "from app.extensions import db\n"
            "from app.main import bp\n"
            "from app.models import User\n"
        )),
        (MAIN, "from flask import render_template\n", (
            "import sqlalchemy as sa\nfrom flask import render_template\n"
        )),
        (MAIN, 'return render_template("main/index.html")', (
            "members = db.session.scalar(sa.select(sa.func.count(User.id)))\n"
            '    return render_template("main/index.html", members=members)'
        )),
        ("app/templates/main/index.html", "{% endblock %}", (
            "<p>{{ members }} people are here.</p>\n{% endblock %}"
        )),
    ),
    "the navigation shows who is logged in": change(
        (BASE, "{# Add your links below this line. #}\n", (
            "{# Add your links below this line. #}\n"
            "      {% if current_user.is_authenticated %}\n"
            "      <span>{{ current_user.email }}</span>\n"
            "      {% else %}\n"
            "      <a href=\"{{ url_for('auth.login') }}\">Log in</a>\n"
            "      {% endif %}\n"
        )),
    ),
    "the header has a form that logs out": change(
        (BASE, "    </nav>\n", (
            "      {% if current_user.is_authenticated %}\n"
            "      <form method=\"post\" action=\"{{ url_for('auth.logout') }}\">\n"
            '        <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">\n'
            "        <button>Leave</button>\n"
            "      </form>\n"
            "      {% endif %}\n"
            "    </nav>\n"
        )),
    ),
    "the pages are in another language": change(
        (BASE, '<html lang="en">', '<html lang="de">'),
        (BASE, "Skip to the content", "Zum Inhalt"),
    ),
    "the header has a heading": change(
        (BASE, '<header class="site-header">\n', (
            '<header class="site-header">\n    <h1>The Shop</h1>\n'
        )),
    ),
    "every page has a footer": change(
        (BASE, "</body>", "  <footer><p>Made with care.</p></footer>\n</body>"),
    ),
    "scripts find the token in a meta element": change(
        (BASE, "  <title>", (
            '  <meta name="csrf-token" content="{{ csrf_token() }}">\n  <title>'
        )),
    ),
    "people sign in and sign up": change(
        ("app/templates/auth/login.html", "<h1>Log in</h1>", "<h1>Sign in</h1>"),
        ("app/templates/auth/login.html", 'form, "Log in"', 'form, "Sign in"'),
        ("app/templates/auth/register.html", "<h1>Register", "<h1>Sign up"),
        ("app/templates/auth/register.html", 'form, "Register"', 'form, "Sign up"'),
        ("app/auth/forms.py", '"E-mail address"', '"Your e-mail"'),
        ("app/auth/routes.py", "Your account is ready, and you are logged in.", "Hi!"),
        ("app/auth/routes.py", "You are logged out.", "Goodbye."),
        ("app/auth/routes.py", (
            "The e-mail address or the password is wrong."
        ), "Wrong e-mail or password."),
    ),
    "the page after a log-in is the start page": change(
        ("app/auth/routes.py", (
            'own_path(request.args.get("next")) or url_for("dashboard.index")'
        ), 'own_path(request.args.get("next")) or url_for("main.index")'),
    ),
    "the page after a log-out is the log-in page": change(
        ("app/auth/routes.py", 'return redirect(url_for("main.index"))', (
            'return redirect(url_for("auth.login"))'
        )),
    ),
    "the dashboard is at another path": change(
        ("app/dashboard/routes.py", '@bp.get("/dashboard")', '@bp.get("/home")'),
    ),
    "the start page is at another path": change(
        (MAIN, '@bp.get("/")', '@bp.get("/welcome")'),
        asks="test_the_start_page_has_the_name_of_the_site",
    ),
    "the accounts are below another path": change(
        (FACTORY, 'url_prefix="/auth"', 'url_prefix="/account"'),
    ),
    "the icon is a PNG and there is no robots.txt": change(
        ("app/static/favicon.ico",),
        ("app/static/robots.txt",),
        ("app/static/icon.png", "", "not a picture\n"),
        (BASE, 'filename=\'favicon.ico\') }}" sizes="48x48"', (
            'filename=\'icon.png\') }}" type="image/png"'
        )),
    ),
    "the style sheet has another name": change(
        ("app/static/css/style.css",),
        ("app/static/site.css", "", "body { margin: 0; }\n"),
        (BASE, "css/style.css", "site.css"),
    ),
    "an image and a script of another site": change(
        ("app/templates/main/index.html", "{% endblock %}", (
            '<img src="https://images.example.com/a.png" alt="A view">\n'
            '<script src="https://scripts.example.com/a.js"></script>\n'
            "{% endblock %}"
        )),
        ("config.py", '"default-src": "\'self\'",', (
            '"default-src": "\'self\'",\n'
            '        "img-src": "\'self\' https://images.example.com",\n'
            '        "script-src": "\'self\' https://scripts.example.com",'
        )),
    ),
    "every page has values of a context processor that reads the database": change(
        (FACTORY, EXTENSIONS, EXTENSIONS + (
            "    from app.menu import entries\n\n"
            "    app.context_processor(entries)\n"
        )),
        ("app/menu.py", "", '''"""What the menu of every page shows."""

from __future__ import annotations

import sqlalchemy as sa

from app.extensions import db
from app.models import User


def entries() -> dict[str, object]:
    return {"people": db.session.scalar(sa.select(sa.func.count(User.id)))}
'''),
        (BASE, "</body>", "  <p>{{ people }} people</p>\n</body>"),
    ),
    "templates have filters, tests and globals": change(
        (FACTORY, EXTENSIONS, EXTENSIONS + (
            '    app.add_template_filter(str.upper, "loud")\n'
            '    app.add_template_global(len, "length_of")\n'
            '    app.jinja_env.add_extension("jinja2.ext.do")\n'
        )),
        ("app/templates/main/index.html", "<h1>{{ config.SITE_NAME }}", (
            "<h1>{{ config.SITE_NAME | loud }}"
        )),
    ),
    "the page about errors has other words": change(
        ("app/templates/error.html", "<h1>{{ heading }}</h1>", (
            "<h1>Sorry: {{ error.code }}</h1>"
        )),
        ("app/templates/error.html", (
            "{{ text if is_default else detail }}"
        ), "Please try again."),
        ("app/templates/error.html", 'class="note"', 'class="small"'),
    ),
    "the page of a refused form has other words": change(
        ("app/templates/csrf_error.html", "<h1>Please send it again</h1>", (
            "<h1>Not sent</h1>"
        )),
    ),
    "messages are shown in another way": change(
        (BASE, "{{ message(text, category) }}", (
            '<p class="flash flash-{{ category }}" role="status">{{ text }}</p>'
        )),
    ),
    "forms carry their token by form.csrf_token": change(
        ("app/templates/macros/forms.html", "{{ form.hidden_tag() }}", (
            "{{ form.csrf_token }}"
        )),
        ("app/templates/auth/password.html", (
            '{% call form_with(form, "Change the password") %}'
        ), (
            '<form method="post">\n'
            '  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
        )),
        ("app/templates/auth/password.html", "{% endcall %}", (
            "<button>Change it</button>\n  </form>"
        )),
    ),
    "a search by GET and a second page": change(
        (MAIN, PAGES, PAGES + (
            '\n\n@bp.get("/about")\ndef about() -> str:\n'
            '    """About us."""\n'
            '    return render_template("main/about.html")\n'
        )),
        ("app/templates/main/about.html", "", (
            '{% extends "base.html" %}\n\n{% block content %}\n<h1>About</h1>\n'
            '<form method="get"><input name="q" aria-label="Words"></form>\n'
            "{% endblock %}\n"
        )),
    ),
    "the site has another name and a description": change(
        ("app/site.toml", "name = ", 'name = "The Shop & Sons" # '),
    ),
}  # fmt: skip
