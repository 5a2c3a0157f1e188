"""Departments, people, companies, accounts and the organisation through their services."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from erp.access import allowed
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from orgchart import services
from orgchart.models import Company, Department, FunctionRight, Organisation, Person, User
from orgchart.names import clean_line, normal_username, pinyin_of
from orgchart.phones import normal_mobile, normal_phone, shown_mobile
from orgchart.services.records import may_add

PASSWORD = "kalte Fabrik 19"


def make_person(cast, **fields):
    return services.create_person(
        actor=cast["boss"], **{"name": "新同事", "department": cast.departments["mechanical"], **fields}
    )


def make_user(cast, **fields):
    return services.create_user(actor=cast["admin"], **{"username": "neu", "password": PASSWORD, **fields})


def test_pinyin_serves_search_and_order(cast):
    assert pinyin_of("陈销售", 200) == "chenxiaoshou cxs"
    assert pinyin_of("A线 Lee", 200) == "axianlee axl"
    assert len(pinyin_of("装" * 60, 200)) <= 200
    assert pinyin_of("装" * 60, 200).endswith("zzz")
    assert make_person(cast, name="陈销售").pinyin == "chenxiaoshou cxs"


@pytest.mark.parametrize(
    "text",
    ["13800138000", "138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００", "0086 13800138000"],
)
def test_mobile_numbers_are_stored_one_way(text):
    assert normal_mobile(text) == "+8613800138000"
    assert shown_mobile("+8613800138000") == "138 0013 8000"


def test_foreign_mobile_numbers_keep_their_country():
    assert shown_mobile(normal_mobile("+49 1512 3456789")) == "+49 1512 3456789"


@pytest.mark.parametrize(
    "text", ["123", "138001380001", "abc", "13800138000x", "1" * 300, "010-65551234", "\u0000"]
)
def test_what_is_no_mobile_number_is_said(text):
    with pytest.raises(ValidationError):
        normal_mobile(text)


def test_office_numbers_keep_their_extension():
    assert normal_phone(" 0512-5550101 转 8 ") == "0512-5550101 转 8"
    assert normal_phone("") == ""
    with pytest.raises(ValidationError):
        normal_phone("call me")


def test_names_that_look_alike_are_alike():
    assert clean_line(" a\u200bb\u202e \u2028 c\x00 ") == "ab c"
    assert normal_username(" Ｂｏｓｓ\u200b ") == "boss"


def test_create_person_leaves_history_and_audit(cast):
    person = make_person(cast, email=" A@Example.COM ", mobile="13800138000")
    assert (person.email, person.mobile) == ("a@example.com", "+8613800138000")
    assert person.history.count() == 1
    assert LogEntry.objects.get_for_object(person).get().actor == cast["boss"]


@pytest.mark.parametrize("who", ["sales", "leader.mech", "staff.mech", "customer.a", "disabled"])
def test_others_write_nothing(cast, who):
    actor = cast[who]
    department, person = cast.departments["mechanical"], cast.people["outsider"]
    for deed in (
        lambda: services.create_department(actor=actor, name="新部"),
        lambda: services.edit_department(department, actor=actor, version=None, name="新部"),
        lambda: services.deactivate_department(department, actor=actor),
        lambda: services.create_person(actor=actor, name="x", department=department),
        lambda: services.edit_person(person, actor=actor, version=None, name="x"),
        lambda: services.deactivate_person(person, actor=actor),
        lambda: services.create_user(actor=actor, username="x"),
        lambda: services.edit_user(cast["outsider"], actor=actor, version=None, role="admin"),
        lambda: services.set_password(cast["outsider"], actor=actor, password=PASSWORD),
        lambda: services.deactivate_user(cast["outsider"], actor=actor),
        lambda: services.set_function_rights(set(), actor=actor),
        lambda: services.edit_organisation(Organisation.objects.get(), actor=actor, version=None, name="x"),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert Person.objects.filter(name="x").count() == 0


def test_sales_keep_the_customers(cast):
    company = services.create_company(actor=cast["sales"], name="新客户")
    company = services.edit_company(company, actor=cast["sales"], version=company.version, contact="王工")
    assert company.contact == "王工"
    with pytest.raises(PermissionDenied):
        services.deactivate_company(company, actor=cast["sales"])
    with pytest.raises(PermissionDenied):
        services.create_company(actor=cast["staff.mech"], name="另一个")
    assert may_add(cast["sales"], Company)
    assert not may_add(cast["sales"], User)


def test_sales_of_a_closed_department_keep_nothing(cast):
    services.edit_person(
        cast.people["sales"], actor=cast["boss"], version=None, department=cast.departments["service"]
    )
    assert not may_add(cast["sales"], Company)


def test_a_new_company_has_a_group_of_its_own(cast):
    first = services.create_company(actor=cast["boss"], name="客户一")
    second = services.create_company(actor=cast["boss"], name="客户二")
    assert first.group != second.group
    assert first.group.name == f"company {first.pk}"


@pytest.mark.parametrize("name", ["客户一", " 客户一 ", "客户一\u200b"])
def test_names_are_taken_once(cast, name):
    services.create_company(actor=cast["boss"], name="客户一")
    with pytest.raises(ValidationError):
        services.create_company(actor=cast["boss"], name=name)


def test_users_of_a_company_are_in_its_group(cast):
    user = make_user(cast, role="customer", company=cast.companies["a"])
    assert allowed(user, "follow", cast.own)
    user = services.edit_user(user, actor=cast["admin"], version=user.version, company=cast.companies["b"])
    assert not allowed(user, "follow", cast.own)
    assert allowed(user, "follow", cast.foreign)
    user = services.edit_user(user, actor=cast["admin"], version=user.version, role="staff", company=None)
    assert not user.groups.exists()


@pytest.mark.parametrize(
    "fields",
    [{"role": "customer"}, {"role": "staff", "company": "a"}, {"role": "king"}, {"username": ""},
     {"username": "a b"}, {"username": "BOSS"}, {"email": "boss@example.org"}, {"email": "no mail"},
     {"username": "boss@example.org"}, {"email": "boss"}, {"password": "short"},
     {"password": "1234567890123"}],
)  # fmt: skip
def test_accounts_that_cannot_be(cast, fields):
    if "company" in fields:
        fields = {**fields, "company": cast.companies["a"]}
    with pytest.raises(ValidationError):
        make_user(cast, **fields)


def test_linking_a_person_brings_their_rights_and_unlinking_takes_them(cast):
    person = make_person(cast)
    from contracts.services import add_member

    add_member(cast.own, actor=cast["boss"], person=person, department=person.department, duty="member")
    user = make_user(cast, person=person)
    assert user.name == "新同事"
    assert allowed(user, "view", cast.own)
    person.refresh_from_db()
    services.edit_person(person, actor=cast["boss"], version=person.version, user=None)
    assert not allowed(user, "view", cast.own)


def test_customers_are_no_people(cast):
    with pytest.raises(ValidationError):
        make_person(cast, user=cast["customer.a"])
    with pytest.raises(ValidationError):
        services.edit_user(
            cast["outsider"], actor=cast["admin"], version=None, role="customer", company=cast.companies["a"]
        )


def test_another_function_changes_rights_at_once(cast):
    assert not allowed(cast["staff.mech"], "view_finance", cast.own)
    department = services.edit_department(
        cast.departments["mechanical"], actor=cast["boss"], version=None, function="finance"
    )
    assert allowed(cast["staff.mech"], "view_finance", cast.own)
    services.edit_department(department, actor=cast["boss"], version=None, function="mechanical")
    assert not allowed(cast["staff.mech"], "view_finance", cast.own)


def test_the_finance_switch_holds_at_once(cast):
    organisation = Organisation.objects.get()
    assert not allowed(cast["pm"], "view_finance", cast.own)
    organisation = services.edit_organisation(
        organisation, actor=cast["boss"], version=organisation.version, manager_sees_finance=True
    )
    assert allowed(cast["pm"], "view_finance", cast.own)
    services.edit_organisation(organisation, actor=cast["boss"], version=None, manager_sees_finance=False)
    assert not allowed(cast["pm"], "view_finance", cast.own)


def test_function_rights_hold_at_once_and_are_audited(cast):
    before = services.function_rights()
    changed = services.set_function_rights(
        before | {("quality", "view_audit")}, actor=cast["boss"], seen=before
    )
    assert changed == {("quality", "view_audit")}
    assert allowed(cast["qc"], "view_audit", cast.own)
    services.set_function_rights(before, actor=cast["boss"])
    assert not allowed(cast["qc"], "view_audit", cast.own)
    model = FunctionRight._meta.model_name
    verbs = LogEntry.objects.filter(content_type__model=model, actor=cast["boss"]).values_list(
        "verb", flat=True
    )
    assert {"create", "remove"} <= set(verbs)


def test_function_rights_keep_to_the_list_and_to_what_was_seen(cast):
    with pytest.raises(ValidationError):
        services.set_function_rights({("quality", "cancel")}, actor=cast["boss"])
    with pytest.raises(Blocked):
        services.set_function_rights({("quality", "view_audit")}, actor=cast["boss"], seen=set())


def test_the_last_administrator_stays(cast):
    admin = cast["admin"]
    for deed in (
        lambda: services.deactivate_user(admin, actor=cast["boss"]),
        lambda: services.deactivate_person(cast.people["admin"], actor=cast["boss"]),
        lambda: services.edit_user(admin, actor=cast["boss"], version=None, role="staff"),
    ):
        with pytest.raises(Blocked):
            deed()
    admin.refresh_from_db()
    assert admin.is_active
    assert admin.is_staff
    make_user(cast, role="admin")
    assert not services.deactivate_user(admin, actor=cast["boss"]).is_active


def test_nobody_locks_themselves_out(cast):
    with pytest.raises(Blocked):
        services.deactivate_user(cast["boss"], actor=cast["boss"])


def test_role_change_ends_sessions(cast, client):
    client.force_login(cast["staff.mech"])
    services.edit_user(cast["staff.mech"], actor=cast["admin"], version=None, name="小章")
    assert client.get("/account/").status_code == 200
    services.edit_user(cast["staff.mech"], actor=cast["admin"], version=None, role="leader")
    assert client.get("/account/").status_code == 302


def test_passwords_are_in_no_log_and_no_history(cast):
    user = services.set_password(cast["outsider"], actor=cast["admin"], password=PASSWORD)
    assert user.check_password(PASSWORD)
    assert "password" not in {f.name for f in User.history.model._meta.fields}
    row = LogEntry.objects.filter(verb="reset_password").get()
    assert (row.actor, row.changes) == (cast["admin"], None)


def test_deactivate_person_ends_the_account(cast):
    services.deactivate_person(cast.people["staff.mech"], actor=cast["boss"])
    user = User.objects.get(pk=cast["staff.mech"].pk)
    assert not user.is_active
    assert cast.own.team.filter(person=cast.people["staff.mech"]).exists()
    with pytest.raises(Blocked):
        services.activate_user(user, actor=cast["boss"])
    services.activate_person(cast.people["staff.mech"], actor=cast["boss"])
    user.refresh_from_db()
    assert not user.is_active
    assert services.activate_user(User.objects.get(pk=user.pk), actor=cast["boss"]).is_active


def test_deactivate_department_waits_for_its_people(cast):
    department = cast.departments["software"]
    with pytest.raises(Blocked):
        services.deactivate_department(department, actor=cast["boss"])
    assert Department.objects.get(pk=department.pk).active
    services.edit_person(
        cast.people["outsider"], actor=cast["boss"], version=None, department=cast.departments["service"]
    )
    department = services.deactivate_department(department, actor=cast["boss"])
    with pytest.raises(ValidationError):
        make_person(cast, department=department)
    assert services.activate_department(department, actor=cast["boss"]).active


def test_deactivate_company_ends_its_accounts(cast):
    services.deactivate_company(cast.companies["a"], actor=cast["boss"])
    assert not User.objects.get(pk=cast["customer.a"].pk).is_active
    assert not allowed(User.objects.get(pk=cast["customer.a"].pk), "follow", cast.own)


def test_a_department_never_belongs_to_itself(cast):
    upper, lower = cast.departments["mechanical"], cast.departments["electrical"]
    lower = services.edit_department(lower, actor=cast["boss"], version=None, parent=upper)
    with pytest.raises(ValidationError):
        services.edit_department(upper, actor=cast["boss"], version=None, parent=lower)


def test_stale_is_refused(cast):
    person = cast.people["outsider"]
    services.edit_person(person, actor=cast["boss"], version=person.version, position="一")
    with pytest.raises(Stale):
        services.edit_person(person, actor=cast["boss"], version=person.version, position="二")


def test_one_keeps_ones_own_contact_data_only(cast):
    mine, other = cast.people["staff.mech"], cast.people["staff.elec"]
    services.edit_contact(mine, actor=cast["staff.mech"], version=None, mobile="13800138000")
    with pytest.raises(PermissionDenied):
        services.edit_contact(other, actor=cast["staff.mech"], version=None, mobile="13800138000")
    with pytest.raises(TypeError):
        services.edit_contact(mine, actor=cast["staff.mech"], version=None, name="老板")


def test_there_is_one_organisation(cast):
    with pytest.raises(Blocked):
        services.create_organisation(actor=cast["boss"], name="第二家")
