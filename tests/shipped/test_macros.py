"""What every page and the macros write. tests/test_projects.py copies this module."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask import render_template_string
from wtforms import PasswordField
from wtforms import RadioField
from wtforms import StringField
from wtforms import SubmitField
from wtforms.validators import InputRequired

from app.core.forms import Form
from tests.support.applications import MakeApp

OG_TITLE = re.compile(r'<meta property="og:title" content="([^"]*)">')


class SampleForm(Form):
    class Meta:
        csrf = False

    title = StringField("Title", [InputRequired()])
    password = PasswordField("Password", [InputRequired()])
    colour = RadioField("Colour", choices={"red": "Red"})
    send = SubmitField("Send it")


def with_forms(app: Flask, source: str, *, errors: int = 0, **sent: str) -> str:
    """Return a template with a form that has so many errors as a whole."""
    macros = "{% from 'macros/forms.html' import errors, field, form as form_with %}"
    with app.test_request_context("/", method="POST", data=sent):
        form = SampleForm()
        form.validate()
        form.form_errors = [f"Error {number}." for number in range(errors)]
        return render_template_string(macros + source, form=form)


def test_a_form_has_one_button(app: Flask) -> None:
    html = with_forms(app, "{{ form_with(form, 'Go') }}")

    assert html.count('type="submit"') == 1
    assert '<button type="submit">Go</button>' in html
    assert "Send it" not in html


def test_an_argument_replaces_an_attribute_that_a_field_has(app: Flask) -> None:
    password = with_forms(app, "{{ field(form, form.password, spellcheck='true') }}")
    colour = with_forms(app, "{{ field(form, form.colour, autofocus=true) }}")

    assert 'spellcheck="true"' in password
    assert 'autocapitalize="none"' in password
    assert "autofocus" in colour


def test_a_button_that_shows_a_password_is_named_by_the_label(app: Flask) -> None:
    html = with_forms(app, "{{ field(form, form.password) }}")

    assert '<label for="password" id="password-label">' in html
    assert 'aria-labelledby="password-show password-label"' in html
    assert "aria-pressed" not in html


@pytest.mark.parametrize("errors", [0, 1, 2])
def test_only_the_first_error_has_the_focus(app: Flask, errors: int) -> None:
    html = with_forms(app, "{{ form_with(form) }}", errors=errors)

    assert html.count(" autofocus") == 1
    assert (">Error 0." in html.partition(" autofocus")[2]) is bool(errors)


def test_a_link_is_current_for_the_arguments_of_the_page(
    make_app: MakeApp,
) -> None:
    source = """{% from "macros/page.html" import link %}
{% for number in (1, 2) %}{{ link("t", number, number=number, q="a") }}{% endfor %}"""
    app = make_app()
    app.add_url_rule("/t/<int:number>", "t", lambda number: number)
    with app.test_request_context("/t/2"):
        html = render_template_string(source)

    assert '<a href="/t/1?q=a">1</a>' in html
    assert '<a href="/t/2?q=a" aria-current="page">2</a>' in html


def test_a_table_that_scrolls_has_a_name(app: Flask) -> None:
    source = """{% from "macros/lists.html" import table %}
{% call(row) table(["A"], [1], caption=caption) %}<td>{{ row }}</td>{% endcall %}"""
    with app.test_request_context("/"):
        named = render_template_string(source, caption='The "best"')
        unnamed = render_template_string(source, caption="")

    assert 'role="region" aria-label="The &#34;best&#34;"' in named
    assert 'role="region" aria-label="Table"' in unnamed


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ('The "best" of it', "The &#34;best&#34; of it"),
        ("Salt & pepper", "Salt &amp; pepper"),
        ("{{ '<b>' }} &amp; <em>more</em>", "&lt;b&gt; &amp; more"),
    ],
)
def test_the_title_for_other_sites_is_plain_text(
    app: Flask, title: str, written: str
) -> None:
    source = f"{{% extends 'base.html' %}}{{% block title %}}{title}{{% endblock %}}"
    with app.test_request_context("/"):
        html = render_template_string(source)

    assert OG_TITLE.findall(html) == [written]


def test_a_page_names_its_public_address_and_an_error_does_not(
    make_app: MakeApp,
) -> None:
    client = make_app(SITE_URL="https://example.com/shop").test_client()
    public = 'property="og:url" content="https://example.com/shop/"'

    page, missing = client.get("/").text, client.get("/nowhere")

    assert '<link rel="canonical" href="https://example.com/shop/">' in page
    assert public in page
    assert missing.status_code == 404
    assert "canonical" not in missing.text
    assert "og:url" not in missing.text
    assert "canonical" not in client.get("/?q=1").text
    assert "canonical" not in make_app(SITE_URL="").test_client().get("/").text
