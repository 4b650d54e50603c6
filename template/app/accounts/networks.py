"""Networks: where a request comes from, as far as limits are concerned.

Settings: PROXY_HOPS. Maintained by copier-flask.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from flask import current_app
from flask import request

# The key of requests without an address, such as by a socket file.
ELSEWHERE = "elsewhere"

# Where proxies are, and few clients.
PRIVATE = [
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "::1", "fc00::/7")
]


def client_network() -> str:
    """Return the network that this request comes from: /24 of IPv4, /64 of IPv6.

    Its address is the one that `PROXY_HOPS` makes of it: what a client writes into a
    forwarding header changes nothing.
    """
    return network_of(request.remote_addr)


@lru_cache(maxsize=1_000)
def network_of(text: str | None) -> str:
    """Return the network of an address."""
    try:
        address = ipaddress.ip_address(without_port(text or ""))
    except ValueError:  # a socket file has none; all that is no address is one place
        return ELSEWHERE

    # A socket for both kinds writes an IPv4 address as ::ffff:192.0.2.1.
    address = getattr(address, "ipv4_mapped", None) or address
    size = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, size), strict=False))


def without_port(text: str) -> str:
    """Return an address without the port that some proxies add.

    They write 192.0.2.1:4711 and [2001:db8::1]:4711.
    """
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def is_of_a_proxy() -> bool:
    """Tell whether the address is that of a proxy that nobody has set."""
    if current_app.config["PROXY_HOPS"] or current_app.debug:
        return False
    try:
        address = ipaddress.ip_address(without_port(request.remote_addr or ""))
    except ValueError:  # a socket file
        return True
    return any(address in network for network in PRIVATE)
