"""The example of the JSON API. Change these tests with app/api/routes.py."""

from __future__ import annotations

from flask.testing import FlaskClient

GREETING = "/api/v1/greeting"


def test_the_example_answers_in_json(client: FlaskClient) -> None:
    response = client.get(f"{GREETING}?name=Ada")

    assert response.get_json(silent=True) == {"text": "Hello, Ada!"}, (
        f"GET {GREETING} is {response.status_code}: {response.text} "
        "If your API has other resources, change this test."
    )


def test_a_missing_parameter_is_refused(client: FlaskClient) -> None:
    response = client.get(GREETING)

    assert response.status_code == 422, (
        f"GET {GREETING} is {response.status_code}: {response.text} "
        "If your API has other resources, change this test."
    )


# Add your tests below this line.
