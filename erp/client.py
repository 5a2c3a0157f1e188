"""Where a request comes from, when proxies stand in between."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The nearest address that is not one of our own proxies (`TRUSTED_PROXIES`, networks).

    A forwarded header counts only when the peer itself is trusted; None when there is no address."""
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while address and hops and _trusted(address):
        hop = _parse(hops.pop())
        if hop is None:
            break
        address = hop
    return address


def _parse(text: str) -> str | None:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return None


def _trusted(address: str) -> bool:
    return any(ip_address(address) in ip_network(net) for net in settings.TRUSTED_PROXIES)
