"""TRUSTED_HOSTS: names in any case, IP addresses, and invalid entries."""

from __future__ import annotations

import pytest

from app.core.proxy import trusted_hosts
from tests.support.applications import MakeApp


@pytest.mark.parametrize(
    ("trusted", "host", "status"),
    [
        ("example.com", "example.com", 200),
        ("Example.COM", "example.com", 200),
        ("example.com", "EXAMPLE.com:8000", 200),
        ("example.com:8000", "example.com:9000", 200),
        (".example.com", "Shop.Example.com", 200),
        ("bücher.example", "xn--bcher-kva.example", 200),
        ("[::1]", "[::1]", 200),
        ("[::1]", "[::1]:8000", 200),
        ("::1", "[::1]:8000", 200),
        ("[2001:DB8:0::1]:8000", "[2001:db8::1]", 200),
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("example.com", "example.org", 400),
        ("example.com", "shop.example.com", 400),
        ("example.com", "[::1]", 400),
        ("[::1]", "[::2]", 400),
        ("[::1]", "[::1].example.com", 400),
        ("[::1]", "example.com", 400),
    ],
)
def test_only_trusted_hosts_are_answered(
    trusted: str, host: str, status: int, make_app: MakeApp
) -> None:
    app = make_app(TRUSTED_HOSTS=[trusted])
    app.add_url_rule("/a-page", view_func=lambda: "a page")

    with app.test_client().get("/a-page", headers={"Host": host}) as response:
        assert response.status_code == status


@pytest.mark.parametrize(
    "entry",
    [
        "https://example.com", "example.com/shop", "*.example.com", "ex ample.com",
        "example..com", "[::1", "[::x]", "[::1]/8", "example.com:port", "@example.com",
    ],
)  # fmt: skip
def test_an_entry_that_matches_no_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="TRUSTED_HOSTS cannot hold"):
        trusted_hosts(["example.com", entry])


def test_a_star_must_be_the_only_entry() -> None:
    assert trusted_hosts(["*"]) == ["*"]
    with pytest.raises(ValueError, match="TRUSTED_HOSTS cannot hold"):
        trusted_hosts(["*", "example.com"])
