"""The people of every test: one per role and position, and the contracts they meet in.

`own` is the contract that everybody named below works on; `foreign` belongs to the other customer
and to nobody of them but boss and admin; `archived` is like `own`, but archived.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from contracts import services as contracts
from contracts.models import Contract
from erp.roles import FUNCTION_VERBS, Duty, Function, Role
from orgchart.models import Company, Department, FunctionRight, Organisation, Person, User

DEPARTMENTS = {
    "procurement": "采购部",
    "sales": "销售部",
    "mechanical": "机械部",
    "electrical": "电气部",
    "software": "软件部",
    "assembly": "调试装配部",
    "quality": "质检部",
    "service": "售后部",
}
#: username → (name, role, department function)
OFFICE = {
    "admin": ("周管理员", Role.ADMIN, ""),
    "boss": ("王总", Role.BOSS, ""),
    "sales": ("陈销售", Role.STAFF, "sales"),
    "leader.mech": ("李机械", Role.LEADER, "mechanical"),
    "leader.elec": ("吴电气", Role.LEADER, "electrical"),
    "leader.assembly": ("郑装配", Role.LEADER, "assembly"),
    "buyer": ("孙采购", Role.LEADER, "procurement"),
    "qc": ("赵质检", Role.LEADER, "quality"),
    "staff.mech": ("小张", Role.STAFF, "mechanical"),
    "staff.elec": ("小刘", Role.STAFF, "electrical"),
    "pm": ("何项目", Role.STAFF, "assembly"),
    "service": ("冯售后", Role.STAFF, "service"),
    "outsider": ("钱软件", Role.STAFF, "software"),
    "ex-member": ("旧同事", Role.STAFF, "mechanical"),
    "disabled": ("离职者", Role.STAFF, "mechanical"),
}
TEAM = {
    "leader.mech": Duty.LEADER,
    "leader.elec": Duty.LEADER,
    "leader.assembly": Duty.LEADER,
    "staff.mech": Duty.MEMBER,
    "sales": Duty.MEMBER,
    "buyer": Duty.MEMBER,
    "qc": Duty.MEMBER,
    "service": Duty.MEMBER,
}


@dataclass
class Cast:
    users: dict[str, User] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    own: Contract = None  # type: ignore[assignment]
    foreign: Contract = None  # type: ignore[assignment]
    archived: Contract = None  # type: ignore[assignment]

    def __getitem__(self, username: str) -> User:
        return self.users[username]


def build_cast() -> Cast:
    """Everybody, through the services where rights are at stake."""
    cast = Cast()
    Organisation.objects.create(name="测试机械有限公司", short_name="测试机械")
    for function, verbs in FUNCTION_VERBS.items():
        for verb in verbs:
            FunctionRight.objects.get_or_create(function=function, verb=verb)
    for position, (function, name) in enumerate(DEPARTMENTS.items()):
        cast.departments[function] = Department.objects.create(
            name=name, function=Function(function), position=position
        )
    for username, (name, role, function) in OFFICE.items():
        user = User.objects.create(
            username=username, name=name, role=role, email=f"{username}@example.org",
            is_active=username != "disabled",
        )  # fmt: skip
        cast.users[username] = user
        cast.people[username] = Person.objects.create(
            name=name,
            pinyin=username,
            user=user,
            department=cast.departments[function or "service"],
            active=user.is_active,
        )
    for letter, name in (("a", "蓝海食品"), ("b", "北辰电子")):
        group = Group.objects.create(name=f"customer {letter}")
        company = Company.objects.create(name=name, pinyin=letter, group=group)
        user = User.objects.create(
            username=f"customer.{letter}", name=name, role=Role.CUSTOMER, company=company
        )
        user.groups.add(group)
        cast.companies[letter], cast.users[user.username] = company, user
    cast.own = make_contract(cast, number="HT-OWN-1", company="a")
    cast.foreign = make_contract(cast, number="HT-FOREIGN-1", company="b", team={}, manager="boss")
    cast.archived = make_contract(cast, number="HT-ARCHIVED-1", company="a")
    Contract.objects.filter(pk=cast.archived.pk).update(
        stage="archived", archived_at=timezone.now(), delivered_on=timezone.localdate()
    )
    cast.archived.refresh_from_db()
    contracts.sync_grants(cast.archived)
    return cast


def make_contract(
    cast: Cast,
    *,
    number: str,
    company: str = "a",
    manager: str = "pm",
    team: dict[str, str] | None = None,
    **fields: Any,
) -> Contract:
    today = timezone.localdate()
    contract = contracts.create_contract(
        actor=cast["boss"],
        number=number,
        **{
            "name": f"灌装线 {number}",
            "company": cast.companies[company],
            "manager": cast.people[manager],
            "signed_on": today - timedelta(days=30),
            "planned_delivery": today + timedelta(days=60),
            **fields,
        },
    )
    for username, duty in (TEAM if team is None else team).items():
        person = cast.people[username]
        contracts.add_member(
            contract, actor=cast["boss"], person=person, department=person.department, duty=duty
        )
    if team is None:
        _come_and_go(cast, contract)
    contract.refresh_from_db()
    return contract


def _come_and_go(cast: Cast, contract: Contract) -> None:
    person = cast.people["ex-member"]
    member = contracts.add_member(
        contract,
        actor=cast["boss"],
        person=person,
        department=person.department,
        duty=Duty.LEADER,
    )
    contracts.remove_member(member, actor=cast["boss"])


class Snapshot:
    """The rows that building the cast wrote, put back in milliseconds for every further test.

    SQLite only: there ids start over with each rolled-back test, so the rows fit as they were."""

    def __init__(self) -> None:
        self._before = {table: self._last(table) for table in self._tables()}
        self._cast = build_cast()
        self._rows: list[tuple[str, list[tuple[Any, ...]]]] = []
        with connection.cursor() as cursor:
            for table, last in self._before.items():
                cursor.execute(f'SELECT * FROM "{table}" WHERE rowid > %s', [last])  # noqa: S608  own names
                if rows := cursor.fetchall():
                    marks = ", ".join(["%s"] * len(rows[0]))
                    self._rows.append((f'INSERT INTO "{table}" VALUES ({marks})', rows))  # noqa: S608

    def cast(self) -> Cast:
        return deepcopy(self._cast)

    def restore(self) -> Cast:
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for statement, rows in self._rows:
                cursor.executemany(statement, rows)
        return self.cast()

    def fits(self) -> bool:
        """Nothing was written since the database was made; else the cast must be built anew."""
        return all(self._last(table) == last for table, last in self._before.items())

    @staticmethod
    def _tables() -> list[str]:
        return sorted(set(connection.introspection.table_names()) - {"django_migrations", "sqlite_sequence"})

    @staticmethod
    def _last(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT COALESCE(MAX(rowid), 0) FROM "{table}"')  # noqa: S608  own names
            return int(cursor.fetchone()[0])
