"""Bulk data: people with accounts in every department, customer companies with their groups."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import Max

from erp.roles import Function, Role
from erp.volume import Plan, insert
from orgchart.models import Company, Department, Person, User

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = ("伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛")
TRADES = ("食品", "电子", "化工", "机械", "汽车", "医药", "包装", "新能源")
PEOPLE_PER_DEPARTMENT = 8
COMPANIES = 200


def load_organisation(plan: Plan) -> int:
    """Leave `people`: (person, user, department, function), a busy mechanic first, and `companies`:
    (id, group) in `plan.kept`. Accounts have no password."""
    departments = list(Department.objects.active().values_list("pk", "function"))
    if not departments:
        insert(Department, ("name", "function"), [(str(f.label), f.value) for f in Function])
        departments = list(Department.objects.active().values_list("pk", "function"))
    departments.sort(key=lambda pair: pair[1] != Function.MECHANICAL)
    return _people(plan, departments) + _companies(plan)


def _people(plan: Plan, departments: list[tuple[int, str]]) -> int:
    first = (User.objects.aggregate(Max("pk"))["pk__max"] or 0) + 1
    count, password = len(departments) * PEOPLE_PER_DEPARTMENT, make_password(None)
    names = [plan.random.choice(SURNAMES) + plan.random.choice(GIVEN) for _ in range(count)]
    accounts = [(f"load.{first + n}", names[n], password, Role.STAFF.value) for n in range(count)]
    insert(User, ("username", "name", "password", "role"), accounts)
    users = list(User.objects.filter(pk__gte=first).order_by("pk").values_list("pk", "name"))
    place = [departments[n // PEOPLE_PER_DEPARTMENT] for n in range(count)]
    people = [(name, pk, place[n][0]) for n, (pk, name) in enumerate(users)]
    insert(Person, ("name", "user", "department"), people)
    found: Any = Person.objects.filter(user_id__gte=first).order_by("pk")
    plan.kept["people"] = list(found.values_list("pk", "user_id", "department_id", "department__function"))
    return 2 * count


def _companies(plan: Plan) -> int:
    first = (Group.objects.aggregate(Max("pk"))["pk__max"] or 0) + 1
    insert(Group, ("name",), [(f"load {first + n}",) for n in range(COMPANIES)])
    groups = list(Group.objects.filter(pk__gte=first).order_by("pk").values_list("pk", flat=True))
    names = [f"{plan.random.choice(SURNAMES)}氏{plan.random.choice(TRADES)}{pk}" for pk in groups]
    insert(Company, ("name", "group"), list(zip(names, groups, strict=True)))
    found = Company.objects.filter(group_id__gte=first).order_by("pk")
    plan.kept["companies"] = list(found.values_list("pk", "group_id"))
    return 2 * COMPANIES
