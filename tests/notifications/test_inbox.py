"""Messages: told once, to the right people, about things they may see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contracts.services import add_member, remove_member
from erp.audit import acting_as
from erp.roles import Duty
from notifications.models import Message
from notifications.queries import unread
from notifications.services import notify, read_message
from orgchart import services
from orgchart.models import Person


def tell(cast, *who, key="k", actor="boss", contract=None):
    with acting_as(cast[actor]):
        people = [cast.people[name] for name in who]
        return notify(
            "team_assigned", contract or cast.own, people, key=key, contract="HT", name="线", duty="成员"
        )


def inbox(client, cast, who, query=""):
    client.force_login(cast[who])
    return client.get(f"/notifications/{query}")


@pytest.fixture(autouse=True)
def _empty(cast):
    Message.objects.all().delete()


def test_notify_is_idempotent(cast):
    assert tell(cast, "pm", "qc") == 2
    assert tell(cast, "pm", "qc", "sales") == 1
    assert Message.objects.filter(key="k").count() == 3


def test_the_actor_is_not_told(cast):
    assert tell(cast, "pm", "qc", actor="pm") == 1
    assert not Message.objects.filter(recipient=cast["pm"]).exists()


def test_people_without_an_account_are_passed_over(cast):
    person = Person.objects.create(name="无账号", department=cast.departments["sales"])
    with acting_as(cast["boss"]):
        assert notify("x", cast.own, [person, None], key="k") == 0


def test_the_text_comes_in_the_readers_language(client, cast):
    services.edit_user(cast["staff.mech"], actor=cast["boss"], version=None, role="leader")
    cast["staff.mech"].refresh_from_db()
    (line,) = inbox(client, cast, "staff.mech").context["lines"]
    assert (line.unread, line.title) == (True, "您的角色已变更")
    assert line.text.endswith(" · 王总")
    client.cookies["django_language"] = "en"
    (line,) = inbox(client, cast, "staff.mech").context["lines"]
    assert line.title == "Your role has changed"


def test_words_among_the_parameters_are_translated_when_read(cast):
    with acting_as(cast["boss"]):
        notify("department_leader", cast.own, [cast.people["pm"]], key="k", department=Duty.CO_LEADER.label)
    message = Message.objects.get()
    with translation.override("en"):
        assert "Co-leader" in str(message)
    with translation.override("zh-hans"):
        assert "协助负责人" in str(message)


def test_an_unknown_event_is_still_a_row(client, cast):
    with acting_as(cast["boss"]):
        notify("retired_event", cast.own, [cast.people["pm"]], key="old")
    assert inbox(client, cast, "pm").status_code == 200


def test_hidden_targets_are_neither_listed_nor_counted_nor_opened(client, cast):
    tell(cast, "staff.mech")
    message = Message.objects.get()
    assert unread(cast["staff.mech"]) == 1
    member = cast.own.team.get(person=cast.people["staff.mech"])
    remove_member(member, actor=cast["boss"])
    assert unread(cast["staff.mech"]) == Message.objects.for_user(cast["staff.mech"]).count() == 0
    assert inbox(client, cast, "staff.mech").context["lines"] == []
    assert client.get(f"/notifications/{message.pk}/open/").status_code == 404
    person = cast.people["staff.mech"]
    add_member(cast.own, actor=cast["boss"], person=person, department=person.department, duty="member")
    assert message in Message.objects.for_user(cast["staff.mech"])


def test_nobody_opens_the_message_of_another(client, cast):
    tell(cast, "pm")
    client.force_login(cast["boss"])
    assert client.get(f"/notifications/{Message.objects.get().pk}/open/").status_code == 404


def test_opening_reads_and_goes_there(client, cast):
    tell(cast, "pm")
    message = Message.objects.get()
    client.force_login(cast["pm"])
    response = client.get(f"/notifications/{message.pk}/open/")
    assert response["Location"] == cast.own.get_absolute_url()
    message.refresh_from_db()
    first = message.read_at
    assert first is not None
    assert unread(cast["pm"]) == 0
    read_message(message)
    message.refresh_from_db()
    assert message.read_at == first


def test_read_marks_all_of_mine_only(client, cast):
    tell(cast, "pm", "qc")
    client.force_login(cast["pm"])
    assert client.get("/notifications/read/").status_code == 405
    assert client.post("/notifications/read/")["Location"] == "/notifications/"
    assert (unread(cast["pm"]), unread(cast["qc"])) == (0, 1)


def test_fifty_a_page_newest_first_and_unread_alone(client, cast):
    for n in range(60):
        tell(cast, "pm", key=f"k{n}")
    page = inbox(client, cast, "pm")
    assert len(page.context["lines"]) == 50
    rest = inbox(client, cast, "pm", page.context["next_url"])
    assert len(rest.context["lines"]) == 10
    ids = [line.url for line in [*page.context["lines"], *rest.context["lines"]]]
    assert ids == [f"/notifications/{pk}/open/" for pk in Message.objects.values_list("pk", flat=True)]
    client.get(ids[0])
    assert len(inbox(client, cast, "pm", "?unread=1").context["lines"]) == 50
    assert ids[0] not in [line.url for line in inbox(client, cast, "pm", "?unread=1").context["lines"]]
    for junk in ("?after=-1", "?after=x", "?after=1e9", f"?after={'9' * 30}", "?unread=x", "?after=１２"):
        assert inbox(client, cast, "pm", junk).status_code == 200


def test_a_list_costs_the_same_for_one_and_three_rows(client, cast):
    costs = []
    for n in (1, 2, 3):
        tell(cast, "pm", key=f"k{n}")
        client.force_login(cast["pm"])
        with CaptureQueriesContext(connection) as queries:
            client.get("/notifications/")
        costs.append(len(queries))
    assert costs[0] == costs[2] <= 12


def test_the_bell_is_cheap(cast):
    tell(cast, "pm")
    with CaptureQueriesContext(connection) as queries:
        assert unread(cast["pm"]) == 1
    assert len(queries) <= 3


def test_the_tile_shows_the_newest_six(client, cast):
    for n in range(8):
        tell(cast, "pm", key=f"k{n}")
    client.force_login(cast["pm"])
    page = client.get("/notifications/tile/", headers={"HX-Request": "true"})
    text = page.content.decode()
    assert text.count("/open/") == 6
    assert 'data-tile="inbox"' in text
    assert "<html" not in text


def test_leaders_and_accounts_are_told_of_what_changed(cast):
    services.edit_department(
        cast.departments["mechanical"], actor=cast["boss"], version=None, leader=cast.people["leader.mech"]
    )
    services.edit_user(cast["staff.mech"], actor=cast["admin"], version=None, role="leader")
    services.set_password(cast["staff.elec"], actor=cast["admin"], password="kalte Fabrik 19")
    told = set(Message.objects.values_list("event", "recipient__username"))
    assert told == {
        ("department_leader", "leader.mech"), ("role_changed", "staff.mech"),
        ("password_reset", "staff.elec"),
    }  # fmt: skip
    for message in Message.objects.all():
        assert message in Message.objects.for_user(message.recipient)


def test_messages_in_the_back_office_are_ones_own_to_look_at(client, cast):
    tell(cast, "pm", "admin")
    client.force_login(cast["admin"])
    mine, other = Message.objects.get(recipient=cast["admin"]), Message.objects.get(recipient=cast["pm"])
    assert client.get("/admin/notifications/message/").status_code == 200
    assert client.get(f"/admin/notifications/message/{mine.pk}/change/").status_code == 200
    assert client.get(f"/admin/notifications/message/{other.pk}/change/").status_code == 302
    assert client.get("/admin/notifications/message/add/").status_code == 403
