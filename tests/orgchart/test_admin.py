"""The back office of the organisation goes through the services."""

import pytest
from django.urls import reverse

from erp.models import LogEntry
from orgchart.models import Company, Department, FunctionRight, Organisation, Person, User

PASSWORD = "kalte Fabrik 19"
MODELS = [Department, Person, Company, Organisation, FunctionRight, User]
NEW = {
    Department: {"name": "新部门", "function": "other", "position": "3"},
    Person: {"name": "陈新", "mobile": "13800138000"},
    Company: {"name": "新客户"},
    FunctionRight: {"function": "quality", "verb": "view_audit"},
    User: {"username": "Neu", "role": "staff", "password": PASSWORD},
}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast["admin"])
    return client


def url(model, page, *args):
    return reverse(f"admin:orgchart_{model._meta.model_name}_{page}", args=args)


def data_of(cast, model):
    return {**NEW[model], **({"department": cast.departments["sales"].pk} if model is Person else {})}


@pytest.mark.parametrize("model", MODELS)
def test_every_page_answers(admin, cast, model):
    row = model.objects.first()
    for page in (
        url(model, "changelist"), url(model, "changelist") + "?q=a",
        url(model, "change", row.pk), url(model, "history", row.pk),
    ):  # fmt: skip
        assert admin.get(page).status_code == 200, page
    assert admin.get(url(model, "add")).status_code == (403 if model is Organisation else 200)
    assert admin.get(url(model, "delete", row.pk)).status_code == 403


@pytest.mark.parametrize("model", NEW)
def test_add_goes_through_the_service(admin, cast, model):
    response = admin.post(url(model, "add"), data_of(cast, model))
    assert response.status_code == 302, response.context["errors"]
    row = model.objects.latest("pk")
    entry = LogEntry.objects.get_for_object(row).get()
    assert (entry.actor, entry.source, entry.verb) == (cast["admin"], "admin", "create")
    if model is Person:
        assert (row.pinyin, row.mobile) == ("chenxin cx", "+8613800138000")
    if model is User:
        assert row.username == "neu"
        assert row.check_password(PASSWORD)
    if model is Company:
        assert row.group.name == f"company {row.pk}"


@pytest.mark.parametrize("model", [Department, Person, Company, Organisation, User])
def test_change_goes_through_the_service_and_refuses_stale_editors(admin, cast, model):
    row = model.objects.latest("pk") if model is not User else cast["outsider"]
    page = admin.get(url(model, "change", row.pk))
    form = page.context["adminform"].form
    data = {f.html_name: f.value() for f in form if f.value() is not None}
    data["name"] = "改了名"
    response = admin.post(url(model, "change", row.pk), data)
    assert response.status_code == 302, response.context["errors"]
    row.refresh_from_db()
    assert (row.name, row.version) == ("改了名", 2)
    stale = admin.post(url(model, "change", row.pk), {**data, "name": "再改"})
    assert stale.status_code == 200
    assert stale.context["errors"]
    row.refresh_from_db()
    assert row.name == "改了名"


def test_what_the_service_refuses_is_a_sentence(admin, cast):
    page = url(User, "change", cast["admin"].pk)
    response = admin.post(page, {"username": "admin", "role": "staff", "name": "周"})
    assert "最后一名系统管理员" in str(response.context["errors"])
    response = admin.post(url(Person, "add"), {**data_of(cast, Person), "mobile": "123"})
    assert "不是手机号码" in str(response.context["errors"])
    response = admin.post(url(User, "add"), {**NEW[User], "password": "short"})
    assert response.status_code == 200
    assert not User.objects.filter(username="neu").exists()


@pytest.mark.parametrize(
    ("model", "query", "status"),
    [
        (User, "password__startswith=a", 400), (User, "password=a", 400), (User, "epoch__gt=0", 400),
        (User, "company__users__password__startswith=a", 400), (User, "date_joined__gt=2000-01-01", 400),
        (Person, "user__password__startswith=a", 400), (Person, "user__epoch=0", 400),
        (Department, "leader__user__password__contains=a", 400), (Person, "department__leader__exact=1", 400),
        (User, "role__exact=boss", 200), (User, "is_active__exact=1", 200),
        (User, "company__id__exact=1", 200),
        (Person, "department__id__exact=1", 200), (Person, "user=1", 200), (User, "company__isnull=1", 200),
        (User, "id__exact=1", 200), (User, "q=boss&o=-1&p=1", 200),
    ],
)  # fmt: skip
def test_lists_filter_by_what_they_offer_and_never_by_secrets(admin, model, query, status):
    assert admin.get(f"{url(model, 'changelist')}?{query}").status_code == status


def test_deactivate_and_activate_are_actions(admin, cast):
    person = cast.people["outsider"]
    for action, active in (("stop", False), ("go_on", True)):
        admin.post(url(Person, "changelist"), {"action": action, "_selected_action": [person.pk]})
        person.refresh_from_db()
        assert person.active is active
    admin.post(url(User, "changelist"), {"action": "stop", "_selected_action": [cast["admin"].pk]})
    assert User.objects.get(username="admin").is_active


def test_a_right_is_taken_by_an_action(admin, cast):
    right = FunctionRight.objects.get(function="sales", verb="change")
    admin.post(url(FunctionRight, "changelist"), {"action": "take", "_selected_action": [right.pk]})
    assert not FunctionRight.objects.filter(function="sales", verb="change").exists()


@pytest.mark.parametrize("who", ["boss", "staff.mech", "customer.a"])
def test_the_back_office_is_for_administrators(client, cast, who):
    client.force_login(cast[who])
    assert client.get(url(User, "changelist")).status_code in (302, 403, 404)
