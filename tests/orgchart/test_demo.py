"""The people of the demo company, as the stable surface names them."""

import re
from pathlib import Path

from django.contrib.auth import authenticate

from erp.models import LogEntry
from orgchart import demo
from orgchart.models import Company, Department, Organisation, Person, User

PEOPLE = {
    "admin": ("周管理员", "admin", ""), "boss": ("王总", "boss", ""), "sales": ("陈销售", "staff", "销售部"),
    "leader.mech": ("李机械", "leader", "机械部"), "leader.elec": ("吴电气", "leader", "电气部"),
    "leader.assembly": ("郑装配", "leader", "调试装配部"), "buyer": ("孙采购", "leader", "采购部"),
    "qc": ("赵质检", "leader", "质检部"), "staff.mech": ("小张", "staff", "机械部"),
    "staff.elec": ("小刘", "staff", "电气部"), "pm": ("何项目", "staff", "调试装配部"),
    "service": ("冯售后", "staff", "售后部"), "outsider": ("钱软件", "staff", "软件部"),
    "customer.a": ("蓝海食品", "customer", ""), "customer.b": ("北辰电子", "customer", ""),
}  # fmt: skip


def snapshot():
    return [
        list(model.objects.order_by("pk").values(*fields))
        for model, fields in (
            (User, ("username", "name", "role", "email", "company__name")),
            (Person, ("name", "pinyin", "department__name", "position", "mobile", "user__username")),
            (Department, ("name", "function", "leader__name", "position")),
            (Company, ("name", "short_name", "pinyin", "group__name")),
        )
    ]


def test_everybody_is_there_and_can_sign_in():
    cast = {}
    demo.build(cast)
    found = {
        u.username: (u.name, u.role, u.person.department.name if hasattr(u, "person") else "")
        for u in User.objects.select_related("person__department")
    }
    assert found == PEOPLE
    assert set(cast["users"]) == set(PEOPLE)
    assert set(cast["people"]) == {name for name, (_, _, place) in PEOPLE.items() if place}
    assert {"蓝海食品", "北辰电子"} < set(cast["companies"])
    assert len(cast["companies"]) == 8
    assert Department.objects.get(function="mechanical").leader == cast["people"]["leader.mech"]
    assert Organisation.objects.count() == 1
    for username in PEOPLE:
        assert authenticate(username=username, password="flow-demo-2026")
    assert not LogEntry.objects.exclude(actor=cast["users"]["admin"]).exclude(verb="create").exists()


def test_the_demo_is_the_same_every_time():
    from django.db import transaction

    seen = []
    for _ in range(2):
        with transaction.atomic():
            demo.build({})
            text = repr(snapshot())
            seen.append(re.sub(r"company \d+", "company", text))
            transaction.set_rollback(True)
    assert seen[0] == seen[1]


def test_no_demo_mail_reaches_somebody():
    source = Path(demo.__file__).read_text()
    assert "@example.com" in source
    assert not re.search(r"@(?!example\.)\w+\.\w+", source)
