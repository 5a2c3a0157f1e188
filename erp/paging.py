"""Pages of long lists, newest first, that go on below the last row seen: no offset, no count."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

PAGE = 50


def older(request: HttpRequest, rows: Any, chosen: str = "") -> tuple[list[Any], dict[str, str]]:
    """One page of `rows` (ordered by falling id) below `?after=<id>`, and for `pager_next.html` the
    addresses around it; `chosen` is what the query says besides, each part ending in `&`."""
    after = request.GET.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    more = f"?{chosen}after={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return found[:PAGE], {"next_url": more, "first_url": f"?{chosen}" if after else ""}
