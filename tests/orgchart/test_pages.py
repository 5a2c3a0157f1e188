"""Pages of the organisation: lists, forms, conflicts, bad input, one's own account."""

import re

import pytest

from erp.models import LogEntry
from orgchart import services
from orgchart.models import Company, Department, FunctionRight, Organisation, Person, User
from tests.erp.pages import get

PASSWORD = "kalte Fabrik 19"
LISTS = ["departments", "people", "users", "companies"]


@pytest.fixture
def boss(client, cast):
    client.force_login(cast["boss"])
    return client


def titles(response):
    return [line.title for line in response.context["listing"].lines]


def make(cast, kind, n):
    actor = cast["boss"]
    if kind == "departments":
        return services.create_department(actor=actor, name=f"部门{n}", leader=cast.people["pm"])
    if kind == "people":
        return services.create_person(actor=actor, name=f"同事{n}", department=cast.departments["sales"])
    if kind == "companies":
        return services.create_company(actor=actor, name=f"客户{n}")
    person = services.create_person(actor=actor, name=f"人{n}", department=cast.departments["sales"])
    return services.create_user(actor=actor, username=f"user{n}", person=person)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_costs_the_same_for_one_and_three_more_rows(boss, cast, kind):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make(cast, kind, 1)
    boss.get(f"/org/{kind}/")
    with CaptureQueriesContext(
        connection,
    ) as one:
        boss.get(f"/org/{kind}/")
    for n in (2, 3):
        make(cast, kind, n)
    with CaptureQueriesContext(connection) as three:
        boss.get(f"/org/{kind}/")
    assert len(one) == len(three) <= 12


@pytest.mark.parametrize("q", ["陈销售", "chenxiao", "cxs", "CXS", " chen "])
def test_people_are_found_by_name_sound_and_initials(boss, cast, q):
    services.edit_person(cast.people["sales"], actor=cast["boss"], version=None, name="陈销售二")
    assert titles(boss.get("/org/people/", {"q": q})) == ["陈销售二"]


def test_lists_filter_sort_and_keep_inactive_apart(boss, cast):
    software = cast.departments["software"]
    assert titles(boss.get("/org/people/", {"department": software.pk})) == ["钱软件"]
    assert "离职者" not in titles(boss.get("/org/people/"))
    assert titles(boss.get("/org/people/", {"show": "inactive"})) == ["离职者"]
    up = titles(boss.get("/org/users/", {"sort": "username"}))
    assert titles(boss.get("/org/users/", {"sort": "-username"})) == up[::-1]
    assert titles(boss.get("/org/users/", {"role": "boss"})) == ["boss"]
    fragment = boss.get("/org/people/", {"q": "cxs"}, headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith("<section")


def test_departments_are_a_tree(boss, cast):
    services.edit_department(
        cast.departments["electrical"], actor=cast["boss"], version=None, parent=cast.departments["service"]
    )
    lines = boss.get("/org/departments/").context["listing"].lines
    assert [line.title for line in lines][-2:] == ["售后部", "电气部"]
    assert lines[-1].indent


def test_fifty_rows_a_page(boss, cast):
    Person.objects.bulk_create(
        Person(name=f"人{n}", pinyin=f"ren{n:03}", department=cast.departments["sales"]) for n in range(60)
    )
    first = boss.get("/org/people/")
    assert len(titles(first)) == 50
    assert 'href="?page=2"' in first.content.decode()
    assert boss.get("/org/people/", {"page": "9" * 30}).context["listing"].page.number == 2


def test_office_people_read_without_links(client, cast):
    client.force_login(cast["staff.mech"])
    page = client.get("/org/people/").content.decode()
    assert "钱软件" in page
    assert "/org/people/new/" not in page
    assert f"/org/people/{cast.people['outsider'].pk}/" not in page


NEW = {
    "departments": {"name": "新部门", "function": "other", "position": "5"},
    "people": {"name": "新同事", "department": "", "mobile": "138 0013 8000", "email": "N@Example.org"},
    "users": {"username": "Neu", "name": "新", "role": "staff", "password": PASSWORD},
    "companies": {"name": "新客户", "phone": "010-5550100"},
}


def filled(cast, kind):
    data = dict(NEW[kind])
    if "department" in data:
        data["department"] = cast.departments["sales"].pk
    return data


@pytest.mark.parametrize("kind", LISTS)
def test_new_edit_deactivate_activate(boss, cast, kind):
    model = {"departments": Department, "people": Person, "users": User, "companies": Company}[kind]
    response = boss.post(f"/org/{kind}/new/", filled(cast, kind))
    assert (response.status_code, response["Location"]) == (302, f"/org/{kind}/")
    record = model.objects.latest("pk")
    url = f"/org/{kind}/{record.pk}/"
    form = boss.get(url).context["form"]
    data = {f.html_name: f.value() for f in form if f.value() is not None}
    data["name"] = "改名"
    assert boss.post(url, data).status_code == 302
    record.refresh_from_db()
    assert record.name == "改名"
    assert boss.get(f"{url}deactivate/").status_code == 200
    assert boss.post(f"{url}deactivate/").status_code == 302
    active = "is_active" if kind == "users" else "active"
    record.refresh_from_db()
    assert not getattr(record, active)
    assert boss.post(f"{url}activate/").status_code == 302
    record.refresh_from_db()
    assert getattr(record, active)
    assert list(LogEntry.objects.get_for_object(record).order_by("pk").values_list("verb", flat=True)) == [
        "create", "change", "deactivate", "activate",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", LISTS)
def test_saving_over_somebody_else_is_a_conflict(boss, cast, kind):
    boss.post(f"/org/{kind}/new/", filled(cast, kind))
    model = {"departments": Department, "people": Person, "users": User, "companies": Company}[kind]
    record = model.objects.latest("pk")
    url = f"/org/{kind}/{record.pk}/"
    data = {f.html_name: f.value() for f in boss.get(url).context["form"] if f.value() is not None}
    assert boss.post(url, {**data, "name": "他们的"}).status_code == 302
    response = boss.post(url, {**data, "name": "我的"})
    assert response.status_code == 409
    assert "他们的" in response.content.decode()
    assert "我的" in response.content.decode()
    assert model.objects.get(pk=record.pk).name == "他们的"


@pytest.mark.parametrize(
    ("url", "data", "field"),
    [
        ("/org/departments/new/", {"name": "机械部", "function": "other", "position": "1"}, "name"),
        ("/org/departments/new/", {"name": "x", "function": "king", "position": "1"}, "function"),
        ("/org/departments/new/", {"name": "x", "function": "other", "position": "9" * 30}, "position"),
        ("/org/people/new/", {"name": "甲", "department": "999999"}, "department"),
        ("/org/people/new/", {"name": "\u200b", "department": "1"}, "name"),
        ("/org/people/new/", {"name": "甲", "mobile": "123"}, "mobile"),
        ("/org/people/new/", {"name": "甲", "email": "a@b\nc"}, "email"),
        ("/org/users/new/", {"username": "BOSS", "role": "staff", "password": PASSWORD}, "username"),
        ("/org/users/new/", {"username": "neu", "role": "staff", "password": "short"}, "password"),
        ("/org/users/new/", {"username": "neu", "role": "customer", "password": PASSWORD}, "company"),
        ("/org/users/new/", {"username": "neu", "role": "staff", "password": "x" * 4097}, "password"),
        ("/org/companies/new/", {"name": "蓝海食品"}, "name"),
        ("/org/companies/new/", {"name": "x", "phone": "call me"}, "phone"),
        ("/org/companies/new/", {"name": "a\x00"}, "name"),
    ],
)
def test_bad_input_is_a_sentence_and_keeps_what_was_typed(boss, cast, url, data, field):
    before = [m.objects.count() for m in (Department, Person, User, Company)]
    response = boss.post(url, data)
    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert response.context["form"].data.dict() == data
    assert [m.objects.count() for m in (Department, Person, User, Company)] == before


def test_department_with_people_says_why_it_stays(boss, cast):
    url = f"/org/departments/{cast.departments['software'].pk}/deactivate/"
    assert "人员: 1" in boss.get(url).content.decode()
    response = boss.post(url)
    assert response.status_code == 422
    assert "1 名在职人员" in response.content.decode()


def test_activation_that_waits_says_why(boss, cast):
    services.deactivate_person(cast.people["outsider"], actor=cast["boss"])
    response = boss.post(f"/org/users/{cast['outsider'].pk}/activate/", follow=True)
    assert "钱软件已停用" in response.content.decode()


def test_user_password(boss, cast):
    url = f"/org/users/{cast['outsider'].pk}/password/"
    assert boss.post(url, {"password": "short"}).status_code == 422
    assert boss.post(url, {"password": PASSWORD}).status_code == 302
    assert User.objects.get(pk=cast["outsider"].pk).check_password(PASSWORD)


def test_settings_keep_the_organisation(boss, cast):
    data = {"name": "新名", "short_name": "新", "version": "1", "manager_sees_finance": "on"}
    assert boss.post("/org/settings/", data).status_code == 302
    assert Organisation.objects.get().manager_sees_finance
    assert "新" in boss.get("/org/settings/").content.decode()
    assert boss.post("/org/settings/", {**data, "name": "旧表单"}).status_code == 409


def test_settings_of_an_empty_site(boss, cast):
    Organisation.objects.all().delete()
    assert boss.get("/org/settings/").status_code == 200
    assert boss.post("/org/settings/", {"name": "第一家"}).status_code == 302
    assert Organisation.objects.get().name == "第一家"


def test_rights_table(boss, cast):
    page = boss.get("/org/settings/")
    held = page.context["seen"].split()
    response = boss.post(
        "/org/settings/rights/", {"seen": " ".join(held), "rights": [*held, "quality:view_audit"]}
    )
    assert response.status_code == 302
    assert FunctionRight.objects.filter(function="quality", verb="view_audit").exists()
    stale = boss.post("/org/settings/rights/", {"seen": " ".join(held), "rights": held})
    assert stale.status_code == 409
    assert boss.post("/org/settings/rights/", {"rights": ["quality:cancel"]}).status_code == 422
    assert FunctionRight.objects.filter(function="quality", verb="view_audit").exists()


@pytest.mark.parametrize("who", ["staff.mech", "boss", "customer.a"])
def test_own_account(client, cast, who):
    user = cast[who]
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    client.force_login(user)
    form = client.get("/account/").context["form"]
    data = {f.html_name: f.value() for f in form if f.value() is not None}
    data["email"] = "Me@Example.NET"
    assert client.post("/account/", data).status_code == 302
    assert User.objects.get(pk=user.pk).email == "me@example.net"
    assert client.post("/account/", data).status_code == 409


@pytest.mark.parametrize(("who", "shown"), [("staff.mech", True), ("boss", True), ("customer.a", False)])
def test_the_account_leads_to_what_else_is_ones_own(client, cast, who, shown):
    page = get(client, cast[who], "/account/", language="en").content.decode()
    assert ("Subscribe to calendar" in page) is shown
    if shown:
        address = re.search(r'<a[^>]* href="([^"]+)">(?:(?!</a>).)*Subscribe to calendar', page, re.S)[1]
        assert client.get(address).status_code == 200


def test_own_password_needs_the_present_one_and_ends_other_sessions(client, cast):
    from django.test import Client

    user, other = cast["staff.mech"], Client()
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    client.force_login(user)
    other.force_login(user)
    new = {"new": "neue Fabrik 20", "again": "neue Fabrik 20"}
    for wrong in (
        {"old": "no", **new},
        {"old": PASSWORD, **new, "again": "x"},
        {"old": PASSWORD, "new": "short", "again": "short"},
        {},
    ):
        assert client.post("/account/password/", wrong).status_code == 422
    assert client.post("/account/password/", {"old": PASSWORD, **new}).status_code == 302
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert LogEntry.objects.filter(verb="change_password", actor=user).exists()


def test_other_sessions_end(client, cast):
    from django.test import Client

    other = Client()
    client.force_login(cast["staff.mech"])
    other.force_login(cast["staff.mech"])
    assert client.post("/account/sessions/").status_code == 302
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


@pytest.mark.parametrize("who", ["boss", "pm", "customer.a"])
def test_an_email_in_use_is_a_sentence_at_the_field(client, cast, who):
    user = cast[who]
    client.force_login(user)
    data = {f.name: f.value() or "" for f in client.get("/account/").context["form"]}
    response = client.post("/account/", {**data, "email": "Admin@example.org"})
    assert response.status_code == 422
    assert dict(response.context["form"].errors) == {"email": ["此电子邮箱不能在这里使用，请换一个。"]}
    assert "user_email_once" not in response.content.decode()
