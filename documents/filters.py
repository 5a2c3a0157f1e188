"""What the documents of a contract may be narrowed to and sorted by; anything else is passed over."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.filters import plain
from documents.fulltext import matches
from documents.models import DocumentQuerySet
from documents.states import Status

#: Choices of `state=`: states of the current version of a drawing, and what else a document may be.
OTHERS = {"published": _("Released to the customer"), "checked_out": _("Checked out")}
STATE_CHOICES = [*Status.choices, *OTHERS.items()]
#: Columns one may sort by → fields; `-` in front turns the order round.
SORTS = {
    "title": "title",
    "type": "type__position",
    "size": "current__size",
    "owner": "owner__name",
    "changed": "changed",
}
USUAL = "-changed"
#: So many of the newest documents are found by their content.
CONTENT = 500


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """The understood part of a query string."""

    q: str = ""
    type: int = 0
    state: str = ""
    owner: int = 0
    bin: bool = False
    sort: str = USUAL

    @classmethod
    def read(cls, query: QueryDict) -> DocumentFilter:
        state, sort = query.get("state", ""), query.get("sort", "")
        return cls(
            q=plain(query.get("q", "")),
            type=number(query.get("type", "")),
            state=state if state in dict(STATE_CHOICES) else "",
            owner=number(query.get("owner", "")),
            bin=query.get("bin") == "1",
            sort=sort if sort.removeprefix("-") in SORTS else USUAL,
        )

    @property
    def active(self) -> bool:
        return bool(self.q or self.type or self.state or self.owner)

    def narrow(self, rows: DocumentQuerySet) -> DocumentQuerySet:
        if self.q:
            inside = [match.document for match in matches(rows, self.q, CONTENT)]
            named = Q(title__icontains=self.q) | Q(current__file_name__icontains=self.q)
            rows = rows.filter(named | Q(pk__in=inside))
        if self.type:
            rows = rows.filter(type=self.type)
        if self.owner:
            rows = rows.filter(owner=self.owner)
        return rows.filter(self._state()) if self.state else rows

    def _state(self) -> Q:
        if self.state == "published":
            return Q(published__isnull=False)
        if self.state == "checked_out":
            return Q(checked_out_until__gt=timezone.now())
        return Q(type__controlled=True, current__status=self.state)

    def order(self) -> tuple[str, str]:
        down = "-" if self.sort.startswith("-") else ""
        return down + SORTS[self.sort.removeprefix("-")], f"{down}id"

    def link(self, **change: object) -> str:
        """The address of this list with `change`; page one of it."""
        now = {"q": self.q, "type": self.type, "state": self.state, "owner": self.owner}
        now |= {"bin": "1" if self.bin else "", "sort": self.sort if self.sort != USUAL else ""}
        kept = {name: value for name, value in {**now, **change}.items() if value}
        return f"?{urlencode(kept)}"


def number(text: object) -> int:
    """An id out of an address; 0 when it is none that could exist."""
    plain = str(text)
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 19 else 0


def page_number(query: QueryDict) -> int:
    return max(1, min(number(query.get("page", "")) or 1, 10**6))
