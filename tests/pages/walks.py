"""What people do with accounts, from the first page to the last.

Each function is one walk, of one person in an ordinary browser, who has no account yet.
It looks at the pages that test_pages.py cannot open by their address alone.
"""

from __future__ import annotations

from uuid import uuid4

from tests.pages.walking import Walker
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import PASSWORD

OTHER_PASSWORD = "a lighthouse keeper counts boats"
WRONG = "wrong horse battery staple"


def new_address() -> str:
    """Return an address without an account."""
    return f"{uuid4().hex[:8]}@example.com"


def register(person: Walker, email: str, password: str = PASSWORD) -> None:
    person.open("/auth/register")
    person.send(email=email, password=password, confirm=password)
    person.sees("Check your inbox")


def confirm(person: Walker, email: str) -> None:
    person.read_mail(email, "Confirm your e-mail address")
    person.follow_link()
    person.press("Confirm address")
    person.sees("Your e-mail address is confirmed.")


def get_account(person: Walker) -> str:
    """Register, confirm and log in; return the address."""
    email = new_address()
    register(person, email)
    confirm(person, email)
    person.log_in(email)
    person.sees(email, "Your account")
    return email


def registration(person: Walker) -> None:
    email = new_address()
    person.open("/")
    person.press("Register")
    person.send(email="nobody", password="short", confirm="other")  # noqa: S106
    person.send(email=email, password=PASSWORD, confirm=PASSWORD)
    person.sees("Check your inbox")
    person.look("after the registration")

    person.log_in(email)
    assert "Log out" not in person.page.inner_text("header")
    person.look("a log-in without a confirmed address")

    person.open("/dev/mail/")
    person.read_mail(email, "Confirm your e-mail address")
    person.look("the mail that confirms")
    person.follow_link()
    person.look("the page that confirms")
    person.press("Confirm address")
    person.sees("Your e-mail address is confirmed.")
    person.is_at("/auth/login")
    person.send(email=email, password=PASSWORD)
    person.is_at("/dashboard")


def lost_confirmation(person: Walker) -> None:
    email = new_address()
    register(person, email)
    person.read_mail(email, "Confirm your e-mail address")
    person.open("/auth/login")
    person.press("Send the e-mail again")
    person.send(email=email)
    person.look("the confirmation is sent again")
    confirm(person, email)
    person.page.go_back()
    person.look("the link that was used")

    # Who has an account is told by mail, and by no page.
    register(person, email)
    person.read_mail(email, "You already have an account")
    person.look("the mail to an address that has an account")


def log_in_and_out(person: Walker) -> None:
    email = get_account(person)
    person.log_out()
    person.sees("You are logged out.")
    person.look("after the log-out")
    person.open("/dashboard")
    person.is_at("/auth/login")
    person.send(email=email, password=WRONG)
    person.look("a wrong password")

    person.send(email=email, password=PASSWORD)
    person.is_at("/dashboard")
    person.restart_browser()
    person.open("/dashboard")
    person.is_at("/auth/login")

    person.page.check("[name=remember]")
    person.send(email=email, password=PASSWORD)
    person.restart_browser()
    person.open("/dashboard")
    person.sees(email)
    person.look("the account in a remembered browser")


def change_of_password(person: Walker) -> None:
    email = get_account(person)
    with person.another_browser() as other:
        other.log_in(email)
        person.press("Password")
        person.send(current=WRONG, password=OTHER_PASSWORD, confirm=OTHER_PASSWORD)
        person.look("the form of the password, with an error")
        person.send(current=PASSWORD, password=OTHER_PASSWORD, confirm=OTHER_PASSWORD)
        person.look("after the change of the password")
        other.open("/dashboard")
        other.is_at("/auth/login")
    person.read_mail(email, "Your password was changed")
    person.look("the mail after the change of the password")
    person.log_out()
    person.log_in(email, OTHER_PASSWORD)
    person.sees(email)


def forgotten_password(person: Walker) -> None:
    email = get_account(person)
    with person.another_browser() as other:
        other.open("/auth/login")
        other.press("Reset it")
        other.send(email="nobody")
        other.look("the form for a forgotten password, with an error")
        other.send(email=email)
        other.look("the link to a new password is sent")
        other.read_mail(email, "Reset your password")
        other.look("the mail with the link to a new password")
        other.follow_link()
        link = other.page.url
        other.look("the form of the new password")
        other.send(password="short", confirm="short")  # noqa: S106
        other.look("the form of the new password, with an error")
        other.send(password=OTHER_PASSWORD, confirm=OTHER_PASSWORD)
        other.is_at("/auth/login")
        other.look("after the new password")
        other.send(email=email, password=OTHER_PASSWORD)
        other.sees(email)
        other.page.goto(link)
        other.sees("This link is no longer valid")
        other.look("the link to a new password, once more")
    person.open("/dashboard")
    person.is_at("/auth/login")


def change_of_address(person: Walker) -> None:
    old, new = get_account(person), new_address()
    person.press("E-mail address")
    person.send(email=new, current=WRONG)
    person.look("the form of the address, with an error")
    person.send(email=new, current=PASSWORD)
    person.look("the link to the new address is sent")
    person.sees(old)
    person.read_mail(new, "Confirm your new e-mail address")
    person.look("the mail to the new address")
    person.follow_link()
    person.look("the page that changes the address")
    person.press("Change address")
    person.sees("Your e-mail address has been changed.", new)
    person.look("after the change of the address")
    person.read_mail(old, "Your e-mail address was changed")
    person.look("the mail to the old address")
    person.log_out()
    person.log_in(new)
    person.sees(new)


def list_of_sessions(person: Walker) -> None:
    email = get_account(person)
    with person.another_browser() as second, person.another_browser() as third:
        second.log_in(email)
        third.log_in(email)
        person.press("Sessions")
        person.sees("This browser")
        person.look("the sessions")
        others = person.page.locator("tbody tr", has_not_text="This browser")
        assert others.count() == 2
        with person.page.expect_navigation():
            others.first.get_by_role("button", name="Log out").click()
        person.sees("That browser has been logged out.")
        assert others.count() == 1
        person.press("Log out all other browsers")
        person.sees("All other browsers have been logged out.")
        assert others.count() == 0
        person.look("the sessions, of which one is left")
        for each in (second, third):
            each.open("/dashboard")
            each.is_at("/auth/login")
            each.look("the log-in that a page has asked for")


def tokens_of_programs(person: Walker) -> None:
    get_account(person)
    person.press("Tokens")
    person.sees("You have no tokens.")
    person.send(name=" ")
    person.look("the form of a token, with an error")
    person.send(name="Clock of the harbour")
    person.sees("it is not shown again")
    made = person.page.input_value("#token")
    person.look("a new token")

    person.open("/auth/tokens")
    person.sees("Clock of the harbour", f"ends in {made[-4:]}", "never")
    assert made not in person.page.content()
    person.look("the tokens")
    person.press("Revoke")
    person.sees("The token has been revoked.", "You have no tokens.")
    person.look("a token is revoked")


def deletion(person: Walker) -> None:
    email = get_account(person)
    person.press("Delete")
    person.send(password=WRONG)
    person.look("the page that deletes the account, with an error")
    person.send(password=PASSWORD)
    person.sees("Your account has been deleted.")
    person.look("after the deletion")
    person.read_mail(email, "Your account has been deleted")
    person.look("the mail after the deletion")
    person.log_in(email)
    person.is_at("/auth/login")


def password_again(person: Walker) -> None:
    person.log_in()
    person.open("/auth/users/1")
    person.is_at("/auth/users/1")
    person.age_log_ins()
    person.open("/auth/users/1")
    person.is_at("/auth/reauthenticate")
    person.look("the page that asks for the password again")
    person.send(password=WRONG)
    person.look("the page that asks for the password again, with an error")
    person.send(password=PASSWORD)
    person.is_at("/auth/users/1")


def day_of_an_administrator(person: Walker) -> None:
    with person.another_browser() as member:
        email = get_account(member)
        person.log_in()
        person.page.click("header >> text=Accounts")
        person.page.fill("[name=q]", email[:8])
        person.press("Search")
        person.look("the accounts that were looked for")
        person.press(email)
        person.look("an account")
        person.press_in_dialog("Deactivate", summary="Deactivate")
        person.sees("deactivated")
        person.look("an account that is deactivated")
        member.open("/dashboard")
        member.is_at("/auth/login")
        member.send(email=email, password=PASSWORD)
        member.is_at("/auth/login")
        person.press("Activate")
        member.log_in(email)
        member.is_at("/dashboard")
        person.press_in_dialog("Make administrator", summary="Make administrator")
        person.sees("administrator")
        member.open("/auth/users")
        member.sees(EMAIL)
        person.press_in_dialog(
            "Remove administrator rights", summary="Remove administrator rights"
        )
        member.open("/auth/users")
        member.look("a page that is not for this account")
        person.press("Log out everywhere")
        member.open("/dashboard")
        member.is_at("/auth/login")


def invitations(person: Walker) -> None:
    invited, another = new_address(), new_address()
    person.log_in()
    person.open("/auth/users")
    person.press("Invitations")
    person.send(email="nobody")
    person.look("the invitations, with an error")
    person.send(email=another)
    person.look("an invitation is sent")
    row = person.page.locator("tr", has_text=another)
    with person.page.expect_navigation():
        row.get_by_role("button", name="Withdraw").click()
    person.look("an invitation is withdrawn")
    person.send(email=invited)
    with person.another_browser() as guest:
        guest.read_mail(another, "Your invitation")
        guest.follow_link()
        guest.look("an invitation that was withdrawn")
        guest.read_mail(invited, "Your invitation")
        guest.look("the mail with an invitation")
        guest.follow_link()
        guest.look("the page of an invitation")
        guest.send(password="short", confirm="short")  # noqa: S106
        guest.look("the page of an invitation, with an error")
        guest.send(password=PASSWORD, confirm=PASSWORD)
        guest.sees("you are logged in")
        guest.look("the account by an invitation")


WALKS = (
    registration,
    lost_confirmation,
    log_in_and_out,
    change_of_password,
    forgotten_password,
    change_of_address,
    list_of_sessions,
    tokens_of_programs,
    deletion,
    password_again,
    day_of_an_administrator,
    invitations,
)
