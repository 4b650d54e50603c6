from app.extensions import db
from app.models import Loan, Tool


def log_in(client):
    return client.post(
        "/auth/sign-in",
        data={"email": "ada@example.com", "password": "a long password"},
        follow_redirects=True,
    )


def test_the_tools_are_listed(client, ada):
    assert "Ladder, of Ada" in client.get("/").text


def test_lending_needs_a_log_in(client):
    assert "/auth/sign-in" in client.get("/tools/new").location


def test_a_tool_can_be_lent(client, ada):
    log_in(client)
    page = client.post(
        "/tools/new", data={"name": "Drill", "deposit": "12.50"}, follow_redirects=True
    )
    assert "Drill, of Ada" in page.text


def test_a_tool_is_lent_once(app, client, ada):
    log_in(client)
    with app.app_context():
        tool_id = Tool.query.one().id
    assert client.post(f"/tools/{tool_id}/borrow").status_code == 302
    assert client.post(f"/tools/{tool_id}/borrow").status_code == 409
    with app.app_context():
        loan = Loan.query.one()
        assert loan.borrower == "Ada"
        assert not loan.returned
        db.session.delete(loan)
        db.session.commit()
