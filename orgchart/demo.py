"""The demo company: departments, people, accounts, customers. Deterministic, through services."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from erp.roles import Function, Role
from orgchart import services

PASSWORD = "flow-demo-2026"  # noqa: S105  the demo is public and refused on real installations

DEPARTMENTS = [
    ("采购部", Function.PROCUREMENT),
    ("销售部", Function.SALES),
    ("机械部", Function.MECHANICAL),
    ("电气部", Function.ELECTRICAL),
    ("软件部", Function.SOFTWARE),
    ("调试装配部", Function.ASSEMBLY),
    ("质检部", Function.QUALITY),
    ("售后部", Function.SERVICE),
]
#: user name, name, role, department, position
PEOPLE = [
    ("sales", "陈销售", Role.STAFF, Function.SALES, "销售经理"),
    ("leader.mech", "李机械", Role.LEADER, Function.MECHANICAL, "机械主管"),
    ("leader.elec", "吴电气", Role.LEADER, Function.ELECTRICAL, "电气主管"),
    ("leader.assembly", "郑装配", Role.LEADER, Function.ASSEMBLY, "装配主管"),
    ("buyer", "孙采购", Role.LEADER, Function.PROCUREMENT, "采购主管"),
    ("qc", "赵质检", Role.LEADER, Function.QUALITY, "质检主管"),
    ("staff.mech", "小张", Role.STAFF, Function.MECHANICAL, "机械工程师"),
    ("staff.elec", "小刘", Role.STAFF, Function.ELECTRICAL, "电气工程师"),
    ("pm", "何项目", Role.STAFF, Function.ASSEMBLY, "项目经理"),
    ("service", "冯售后", Role.STAFF, Function.SERVICE, "售后工程师"),
    ("outsider", "钱软件", Role.STAFF, Function.SOFTWARE, "软件工程师"),
]
#: name, short name, contact, phone, city, portal account
COMPANIES = [
    ("青岛蓝海食品有限公司", "蓝海食品", "林经理", "0532-5550101", "青岛", "customer.a"),
    ("苏州北辰电子股份有限公司", "北辰电子", "唐工", "0512-5550102", "苏州", "customer.b"),
    ("宁波东岳轴承有限公司", "东岳轴承", "许主任", "0574-5550103", "宁波", ""),
    ("成都天府乳业有限公司", "天府乳业", "罗厂长", "028-5550104", "成都", ""),
    ("武汉长江汽车零部件有限公司", "长江汽配", "高经理", "027-5550105", "武汉", ""),
    ("佛山南粤陶瓷有限公司", "南粤陶瓷", "梁工", "0757-5550106", "佛山", ""),
    ("天津海河制药有限公司", "海河制药", "韩主管", "022-5550107", "天津", ""),
    ("合肥皖江新能源有限公司", "皖江新能源", "曹总", "0551-5550108", "合肥", ""),
]


def build(cast: dict[str, Any]) -> None:
    """Fill `cast`: users and people by user name, departments by function, companies by short name."""
    encoded = make_password(PASSWORD)  # once: a hash is slow on purpose
    for part in ("users", "people", "departments", "companies"):
        cast.setdefault(part, {})
    _account(cast, "admin", "周管理员", Role.ADMIN, encoded, actor=None)
    admin = cast["users"]["admin"]
    services.create_organisation(
        actor=admin,
        name="恒工自动化设备有限公司",
        short_name="恒工自动化",
        phone="0512-55500000",
        address="江苏省苏州市工业园区示例路 1 号",
    )
    for position, (name, function) in enumerate(DEPARTMENTS, start=1):
        cast["departments"][str(function)] = services.create_department(
            actor=admin, name=name, function=function, position=position * 10
        )
    _account(cast, "boss", "王总", Role.BOSS, encoded, actor=admin)
    _build_people(cast, admin, encoded)
    _build_companies(cast, admin, encoded)
    _build_calendar(cast, admin)


def _account(cast: dict[str, Any], username: str, name: str, role: Role, encoded: str, **more: Any) -> None:
    cast["users"][username] = services.create_user(
        username=username,
        encoded=encoded,
        name=name,
        role=role,
        email=f"{username}@example.com",
        **more,
    )


def _build_people(cast: dict[str, Any], admin: Any, encoded: str) -> None:
    departments = cast["departments"]
    for number, (username, name, role, function, title) in enumerate(PEOPLE, start=1):
        person = services.create_person(
            actor=admin,
            name=name,
            department=departments[str(function)],
            position=title,
            email=f"{username}@example.com",
            mobile=f"138005500{number:02d}",
        )
        _account(cast, username, name, role, encoded, actor=admin, person=person)
        person.refresh_from_db()
        cast["people"][username] = person
        if role == Role.LEADER:
            departments[str(function)] = services.edit_department(
                departments[str(function)], actor=admin, version=None, leader=person
            )


def _build_companies(cast: dict[str, Any], admin: Any, encoded: str) -> None:
    for number, (name, short, contact, phone, city, username) in enumerate(COMPANIES, start=1):
        company = cast["companies"][short] = services.create_company(
            actor=admin,
            name=name,
            short_name=short,
            contact=contact,
            phone=phone,
            email=f"contact{number}@example.com",
            address=f"{city}市示例路 {number} 号",
        )
        if username:
            _account(cast, username, short, Role.CUSTOMER, encoded, actor=admin, company=company)


def _build_calendar(cast: dict[str, Any], admin: Any) -> None:
    """Assembly works on Saturdays; somebody is away for some days of next month."""
    services.set_week(cast["departments"][str(Function.ASSEMBLY)], range(6), actor=admin)
    today = timezone.localdate()
    first = date(today.year + today.month // 12, today.month % 12 + 1, 8)
    services.add_leave(
        cast["people"]["staff.mech"],
        actor=admin,
        first=first,
        last=first + timedelta(days=4),
        ends_noon=True,
        note="年假",
    )
