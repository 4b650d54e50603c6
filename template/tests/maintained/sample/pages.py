"""The pages of the sample, and its templates."""

from __future__ import annotations

from flask import Blueprint
from flask import render_template

bp = Blueprint("main", __name__)

LAYOUT = """<!doctype html>
<html lang="en">
<title>{{ config.SITE_NAME }}</title>
<link rel="stylesheet" href="{{ url_for('static', filename='css/style.css') }}">
{% if config.SESSION_COOKIE_NAME in request.cookies or g.message_flashed %}
{% for message in get_flashed_messages() %}
<p role="status">{{ message }}</p>
{% endfor %}
{% endif %}
{% block content %}{% endblock %}
</html>
"""

START = """{% extends "base.html" %}
{% block content %}<h1>{{ config.SITE_NAME }}</h1>{% endblock %}
"""

ACCOUNT = """{% extends "base.html" %}
{% block content %}<p>{{ current_user.email }}</p>{% endblock %}
"""

ERROR = """{% extends "base.html" %}
{% block content %}
<h1>{{ error.name }}</h1>
<p>{{ error.description }}</p>
<p>Error {{ error.code }}, request {{ request_id }}</p>
{% endblock %}
"""

CSRF_ERROR = """{% extends "base.html" %}
{% block content %}
<h1>Please send it again</h1>
{% for name, value in typed %}
<label for="typed-{{ loop.index }}">{{ name }}</label>
<textarea id="typed-{{ loop.index }}" readonly>{{ value }}</textarea>
{% endfor %}
{% if more %}<p>You typed more than this page can show.</p>{% endif %}
{% if back %}
<p><a href="{{ back }}">Open the page again</a></p>
{% else %}
<p><a href="{{ url_for('main.index') }}">Go to the start page</a></p>
{% endif %}
<p>{{ error.description }} Error {{ error.code }}, request {{ request_id }}</p>
{% endblock %}
"""

FORM = """{% extends "base.html" %}
{% block content %}
<h1>{{ title }}</h1>
{% if fault %}<p role="alert">{{ fault }}</p>{% endif %}
<form method="post">
  {% if config.WTF_CSRF_ENABLED %}
  {% set token = config.WTF_CSRF_FIELD_NAME %}
  <input type="hidden" name="{{ token }}" value="{{ csrf_token() }}">
  {% endif %}
  {% for name in fields %}
  <input name="{{ name }}" aria-label="{{ name }}">
  {% endfor %}
  <button>Send</button>
</form>
{% endblock %}
"""

TEMPLATES = {
    "account.html": ACCOUNT,
    "base.html": LAYOUT,
    "csrf_error.html": CSRF_ERROR,
    "error.html": ERROR,
    "form.html": FORM,
    "start.html": START,
}


@bp.get("/")
def index() -> str:
    return render_template("start.html")
