"""Names in cells to rows of ours: people, departments, companies, numbers already taken."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from contracts.models import Contract
from orgchart.calendars import Calendars, calendars_for
from orgchart.models import Company, Department, Person
from production.importing.cells import Wrong


def key(text: Any) -> str:
    return "".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


class Lookups:
    """Everything the rows may name, read once."""

    def __init__(self) -> None:
        self.people: dict[str, list[tuple[int, int]]] = defaultdict(list)
        rows = Person.objects.active().values_list("pk", "name", "department_id", "user__username", "email")
        for pk, name, department, username, email in rows:
            for word in {key(name), key(username or ""), key(email)} - {""}:
                self.people[word].append((pk, department))
        self.departments: dict[str, int] = {}
        for department in Department.objects.active():
            self.departments.setdefault(key(department.name), department.pk)
            self.departments.setdefault(key(department.name).removesuffix("部"), department.pk)
        self.companies: dict[str, int] = {}
        for pk, name, short in Company.objects.active().values_list("pk", "name", "short_name"):
            self.companies[key(name)] = pk
            if short:
                self.companies.setdefault(key(short), pk)

    @cached_property
    def calendars(self) -> Calendars:
        """Those of everybody and of all departments."""
        return calendars_for((), {pk for found in self.people.values() for pk, _home in found})

    def person(self, name: str, department: int | None = None) -> int:
        """Raises Wrong for nobody and for two of the same name that the department cannot tell apart."""
        found = self.people.get(key(name), [])
        if len(found) > 1 and department is not None:
            found = [pair for pair in found if pair[1] == department] or found
        if not found:
            raise Wrong(_("there is no active person “%(name)s”") % {"name": name[:60]})
        if len(found) > 1:
            raise Wrong(
                _("several people are called “%(name)s”: write the user name or e-mail") % {"name": name[:60]}
            )
        return found[0][0]

    def department(self, name: str) -> int:
        pk = self.departments.get(key(name))
        if pk is None:
            raise Wrong(_("there is no department “%(name)s”") % {"name": name[:60]})
        return pk


def taken(numbers: list[str]) -> set[str]:
    """Which of these contract numbers exist."""
    found: set[str] = set()
    for at in range(0, len(numbers), 500):
        rows = Contract.objects.filter(number__in=numbers[at : at + 500])
        found.update(rows.values_list("number", flat=True))
    return found
