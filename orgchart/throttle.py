"""How long a sign-in must wait after failures. Pure arithmetic: no Django, no database."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

FREE_FAILURES = 5  # per account and address, then 1, 2, 4 … 60 seconds
LONGEST = 60
ADDRESS_FAILURES = 50  # per address and WINDOW, whatever the account; then the same pauses
WINDOW = timedelta(hours=1)
KNOWN = timedelta(days=30)  # who signed in from an address that lately does not wait for its others


def delay_after(failures: int) -> timedelta:
    """The pause that the `failures`-th failure of one account from one address earns."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    return timedelta(seconds=min(LONGEST, 2 ** min(failures - FREE_FAILURES, 10)))


def address_delay_after(failures: int) -> timedelta:
    """The pause that the `failures`-th failure within the WINDOW earns a whole address. Short, because
    an office behind one address must not be shut out by one of its computers."""
    return delay_after(failures - ADDRESS_FAILURES + FREE_FAILURES)


def network_of(address: str | None) -> str:
    """Who is counted as one address: an IPv4 address, or the /64 that one IPv6 line gets."""
    if not address:
        return "unknown"
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((int(parsed) >> 64 << 64, 64)))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
