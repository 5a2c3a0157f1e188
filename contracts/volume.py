"""Bulk data: contracts with teams and the grants that follow, what was delivered and changed, status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from contracts.models import (
    ChangeOrder,
    CodeYear,
    Contract,
    ContractGroupGrant,
    ContractUserGrant,
    Delivery,
    TeamMember,
)
from contracts.services import derived, read_facts
from contracts.states import LIVE, ChangeState, Stage
from erp.roles import CUSTOMER_VERBS, DUTY_VERBS, MANAGER_VERBS, Duty, Function
from erp.volume import Plan, insert
from orgchart.models import FunctionRight

PRODUCTS = ("灌装线", "输送机", "码垛机", "检测台", "装配站", "清洗机", "上料机", "包装线")
#: Life of an older installation: most is done, some is running.
STAGES = (
    *[Stage.ARCHIVED] * 9, *[Stage.CONFIRMED] * 2, *[Stage.DELIVERED] * 2,
    *[Stage.RELEASED] * 5, Stage.DRAFT, Stage.CANCELLED,
)  # fmt: skip
LED = (Function.MECHANICAL, Function.ELECTRICAL, Function.ASSEMBLY)
#: Four contracts of five name the first person, so that somebody has a long list.
BUSY = 0.8
CARRIERS = ("德邦", "顺丰", "安能", "自送")
#: Of so many contracts one was changed.
CHANGED = 10


def load_contracts(plan: Plan) -> int:
    """Leave `contracts`: (id, stage, signed on, [(person, department)]) in `plan.kept`."""
    before = Contract.objects.aggregate(Max("pk"))["pk__max"] or 0
    year = CodeYear.objects.get_or_create(year=timezone.localdate().year)[0]
    rows = list(_contracts(plan, year))
    insert(Contract, _NAMES, rows)
    CodeYear.objects.filter(pk=year.pk).update(last=year.last + plan.contracts)
    ids = list(Contract.objects.filter(pk__gt=before).order_by("pk").values_list("pk", flat=True))
    teams = [_team(plan) for _ in ids]
    kept = zip(ids, rows, teams, strict=True)
    plan.kept["contracts"] = [
        (pk, row[-1], row[5], [(p, d) for p, _u, d, _f, _duty in team]) for pk, row, team in kept
    ]
    kind = ContentType.objects.get_for_model(Contract)
    plan.kept["audited"] = [
        (kind, pk, f"{row[1]} {row[2]}", pk, None) for pk, row in zip(ids, rows, strict=True)
    ]
    seats = ((pk, p, d, duty) for pk, team in zip(ids, teams, strict=True) for p, _u, d, _f, duty in team)
    count = insert(TeamMember, ("contract", "person", "department", "duty"), seats)
    return len(ids) + count + _grants(plan, ids, rows, teams)


_NAMES = (
    "code", "number", "name", "company", "manager", "signed_on", "planned_delivery",
    "released_on", "delivered_on", "archived_at", "deal_amount", "stage",
)  # fmt: skip


def _contracts(plan: Plan, year: CodeYear) -> Iterator[tuple[Any, ...]]:
    chance, today = plan.random, timezone.localdate()
    people, companies = plan.kept["people"], plan.kept["companies"]
    for n in range(year.last + 1, year.last + 1 + plan.contracts):
        stage = chance.choice(STAGES)
        running = stage in (Stage.DRAFT, Stage.RELEASED)
        signed = today - timedelta(days=chance.randint(10, 150) if running else chance.randint(200, 900))
        due = signed + timedelta(days=chance.randint(60, 180))
        done = None if running or stage == Stage.CANCELLED else due
        yield (
            f"P{year.year}-{n:04d}",
            f"LD-{year.year}-{n:06d}",
            f"{chance.choice(PRODUCTS)} {n}",
            chance.choice(companies)[0],
            chance.choice(people)[0],
            signed,
            due,
            None if stage == Stage.DRAFT else signed,
            done,
            timezone.now() if stage == Stage.ARCHIVED else None,
            chance.randint(10, 900) * 1000,
            stage.value,
        )


def _team(plan: Plan) -> list[tuple[int, int, int, str, str]]:
    """(person, user, department, function, duty): three leaders, a seller, three hands."""
    chance, people = plan.random, plan.kept["people"]
    by_function = plan.kept.setdefault("by_function", _sorted(people))
    leaders = [(*chance.choice(by_function[f]), Duty.LEADER.value) for f in LED if f in by_function]
    hands = [chance.choice(people) for _ in range(3)]
    hands += [chance.choice(by_function[Function.SALES])] if Function.SALES in by_function else []
    hands += [people[0]] if chance.random() < BUSY else []
    team = {(seat[0], seat[2]): (*seat, Duty.MEMBER.value) for seat in hands}
    return list((team | {(seat[0], seat[2]): seat for seat in leaders}).values())


def _sorted(people: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for person in people:
        found.setdefault(person[3], []).append(person)
    return found


def _grants(plan: Plan, ids: list[int], rows: list[Any], teams: list[Any]) -> int:
    """What `sync_grants` would derive, for all contracts at once."""
    rights = Permission.objects.filter(content_type__app_label="contracts", content_type__model="contract")
    right = {name.removesuffix("_contract"): pk for name, pk in rights.values_list("codename", "pk")}
    function_verbs: dict[str, set[str]] = {}
    for function, verb in FunctionRight.objects.values_list("function", "verb"):
        function_verbs.setdefault(function, set()).add(verb)
    account = {person[0]: person[1] for person in plan.kept["people"]}
    group = dict(plan.kept["companies"])

    def personal() -> Iterator[tuple[int, int, int, bool]]:
        for pk, row, team in zip(ids, rows, teams, strict=True):
            held = {(account[row[4]], verb) for verb in MANAGER_VERBS}
            for _person, user, _department, function, duty in team:
                held |= {(user, verb) for verb in DUTY_VERBS[duty] | function_verbs.get(function, set())}
            yield from ((user, right[verb], pk, row[-1] in LIVE) for user, verb in held)

    customers = (
        (group[row[3]], right[verb], pk, row[-1] in LIVE)
        for pk, row in zip(ids, rows, strict=True)
        for verb in CUSTOMER_VERBS
    )
    return insert(ContractUserGrant, ("user", "permission", "content_object", "live"), personal()) + insert(
        ContractGroupGrant, ("group", "permission", "content_object", "live"), customers
    )


def load_deliveries(plan: Plan) -> int:
    """The delivery of every contract that left the house, and change orders of one in ten."""
    ids = [pk for pk, *_rest in plan.kept["contracts"]]
    if not ids:
        return 0
    new = Contract.objects.filter(pk__gte=ids[0]).order_by("pk")
    sent = new.exclude(delivered_on=None).values_list("pk", "delivered_on", "company__name")
    deliveries = (
        (pk, day, True, f"{company} 工厂", CARRIERS[pk % len(CARRIERS)], f"YD{pk:010d}", "收货人")
        for pk, day, company in sent.iterator(5000)
    )
    facts = ("contract", "delivered_on", "final", "place", "carrier", "waybill", "receiver")
    count = insert(Delivery, facts, deliveries)
    changed = new.values_list("pk", "stage", "currency").iterator(5000)
    orders = (
        (pk, 1, "加装检测工位", "增加一套相机和光源", "客户要求", currency, *_answer(stage))
        for nth, (pk, stage, currency) in enumerate(changed)
        if nth % CHANGED == 0
    )
    names = ("contract", "number", "title", "scope", "reason", "currency", "state", "sent_at", "applied_at")
    return count + insert(ChangeOrder, names, orders)


def _answer(stage: str) -> tuple[str, datetime | None, datetime | None]:
    """What became of a change order without price and date, when it was sent and applied."""
    if stage == Stage.DRAFT:
        return ChangeState.DRAFT.value, None, None
    if stage == Stage.CANCELLED:
        return ChangeState.WITHDRAWN.value, None, None
    return ChangeState.APPLIED.value, timezone.now(), timezone.now()


def load_status(plan: Plan) -> int:
    """Store what the facts say of the new contracts; rows touched, not added."""
    first = plan.kept["contracts"][0][0] if plan.kept["contracts"] else 0
    values = [
        (found["status"], _iso(found["next_task_end"]), contract.pk)
        for contract in read_facts(Contract.objects.filter(pk__gte=first)).iterator(2000)
        for found in (derived(contract),)
    ]
    table = connection.ops.quote_name(Contract._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET status = %s, next_task_end = %s WHERE id = %s", values)  # noqa: S608
    return len(values)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
