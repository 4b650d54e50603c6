"""The network that a request comes from, as the rate limits count it.

Settings: PROXY_HOPS. Maintained by copier-flask.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from flask import current_app
from flask import request

# The key for requests without an address, such as over a Unix socket.
ELSEWHERE = "elsewhere"

# Networks of proxies, and of few clients.
PRIVATE = [
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "::1", "fc00::/7")
]


def client_network() -> str:
    """Return the network that this request comes from: /24 of IPv4, /64 of IPv6.

    The address depends on `PROXY_HOPS`: a client cannot change it with a forwarding
    header.
    """
    return network_of(request.remote_addr)


@lru_cache(maxsize=1_000)
def network_of(text: str | None) -> str:
    """Return the network of an address."""
    try:
        address = ipaddress.ip_address(without_port(text or ""))
    except ValueError:  # a Unix socket has no address
        return ELSEWHERE

    # A dual-stack socket reports an IPv4 address as ::ffff:192.0.2.1.
    address = getattr(address, "ipv4_mapped", None) or address
    size = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, size), strict=False))


def client_address() -> str:
    """Return the IP address that this request comes from; empty if it has none.

    Behind proxies that `PROXY_HOPS` does not count, it is the address of a proxy.
    """
    try:
        address = ipaddress.ip_address(without_port(request.remote_addr or ""))
    except ValueError:  # a Unix socket has no address
        return ""
    # Without a zone, such as %eth0, which names an interface of this machine.
    text = str(getattr(address, "ipv4_mapped", None) or address)
    return text.partition("%")[0]


def without_port(text: str) -> str:
    """Return an address without the port that some proxies add.

    Examples: 192.0.2.1:4711 and [2001:db8::1]:4711.
    """
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def is_of_a_proxy() -> bool:
    """Return whether the address belongs to a proxy that PROXY_HOPS does not count."""
    if current_app.config["PROXY_HOPS"] or current_app.debug:
        return False
    try:
        address = ipaddress.ip_address(without_port(request.remote_addr or ""))
    except ValueError:  # a Unix socket
        return True
    return any(address in network for network in PRIVATE)
