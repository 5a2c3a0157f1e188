"""Who reads, changes, shares and releases which documents; what others must not learn."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from contracts.models import TeamMember
from contracts.services import add_member, change_duty, remove_member
from documents import services
from documents.models import Document, DocumentShare, DocumentType, DocumentVersion
from documents.states import HELD_BY
from erp import search
from erp.access import held
from erp.audit.timeline import recent
from erp.models import LogEntry
from erp.roles import Duty
from erp.workflow import Blocked
from notifications.models import Message
from tests.access_rows import TOP
from tests.documents.helpers import again, put
from tests.erp.pages import get
from tests.production.conftest import make_task, task  # noqa: F401  fixtures

LEADERS = {"leader.mech", "leader.elec", "leader.assembly"}
ALL = TOP | {"pm"}
#: Type → who in the team reads it besides `ALL`, the owner and the owner's department.
READERS = {
    "contract": {"sales"},
    "technical": LEADERS | {"qc", "buyer", "service"},
    "drawing": LEADERS | {"qc", "buyer", "service"},
    "invoice": {"sales"},
    "acceptance": LEADERS | {"qc", "service"},
    "photo": LEADERS | {"service"},
    "other": LEADERS | {"service"},
}
FILES = {"photo": ("a.png", b"\x89PNG\r\n\x1a\n0000")}


def file_of(slug):
    name, content = FILES.get(slug, ("a.pdf", None))
    return {"name": name, **({"content": content} if content else {})}


def who(cast, verb="view", **lookup):
    rows = Document.objects
    return {name for name in cast.users if rows.for_user(cast[name], verb).filter(**lookup).exists()}


@pytest.mark.parametrize("slug", sorted(READERS))
def test_types_are_read_by_their_audience(cast, slug):
    document = put(cast.own, cast["service"], type=slug, **file_of(slug))
    assert who(cast, pk=document.pk) == ALL | READERS[slug] | {"service"}


def test_the_audiences_of_a_type_are_data(cast):
    kind = DocumentType.objects.get(slug="photo")
    document = put(cast.own, cast["boss"], type="photo", **file_of("photo"))
    assert "buyer" not in who(cast, pk=document.pk)
    DocumentType.objects.filter(pk=kind.pk).update(for_procurement=True, for_team=False)
    assert who(cast, pk=document.pk) == ALL | {"buyer"}


def test_members_read_their_own_and_their_departments_with_the_team_flag(cast):
    own = put(cast.own, cast["staff.mech"], type="contract")
    assert "staff.mech" in who(cast, pk=own.pk)
    assert "leader.mech" not in who(cast, pk=own.pk)
    departments = put(cast.own, cast["leader.mech"], type="other")
    assert "staff.mech" in who(cast, pk=departments.pk)
    others = put(cast.own, cast["leader.elec"], type="other")
    assert "staff.mech" not in who(cast, pk=others.pk)


def test_every_verb_is_held_by_whom_the_table_says(cast):
    document = put(cast.own, cast["staff.mech"], type="drawing")
    assert {verb: who(cast, verb, pk=document.pk) for verb in HELD_BY if verb != "restore"} == {
        "view": ALL | READERS["drawing"] | {"staff.mech"},
        "change": ALL | {"leader.mech", "staff.mech"},
        "remove": ALL | {"leader.mech", "staff.mech"},
        "share": ALL | {"leader.mech", "staff.mech"},
        "break_check_out": ALL,
        "release": ALL | {"leader.mech"},
        "publish": ALL,
    }
    leaders = held(cast["leader.mech"], HELD_BY, document) - {"restore"}
    assert leaders == {"view", "change", "remove", "share", "release"}


def test_what_one_cannot_read_one_cannot_write(cast):
    """The leader's people may keep a secret from the leader; sales release only what they read."""
    secret = put(cast.own, cast["staff.mech"], type="contract")
    assert held(cast["leader.mech"], HELD_BY, secret) == set()
    for deed in (
        lambda: again(secret, cast["leader.mech"]),
        lambda: services.remove_document(secret, actor=cast["leader.mech"]),
        lambda: services.share_document(secret, actor=cast["leader.mech"], person=cast.people["qc"]),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    offer = put(cast.own, cast["sales"], type="contract")
    services.publish_version(offer.current, actor=cast["sales"])
    drawing = put(cast.own, cast["staff.mech"], type="technical")
    with pytest.raises(PermissionDenied):
        services.publish_version(drawing.current, actor=cast["sales"])


def test_type_and_preview_only_need_the_right_to_share(cast):
    """A colleague of the department may change the words, not who reads them."""
    add_member(
        cast.own, actor=cast["boss"], person=cast.people["ex-member"],
        department=cast.departments["mechanical"], duty=Duty.MEMBER,
    )  # fmt: skip
    document = put(cast.own, cast["staff.mech"])
    colleague = cast["ex-member"]
    assert services.edit_document(document, actor=colleague, title="新名").title == "新名"
    other = DocumentType.objects.get(slug="other")
    for change in ({"type": other}, {"preview_only": True}):
        with pytest.raises(PermissionDenied):
            services.edit_document(document, actor=colleague, **change)
    assert services.edit_document(document, actor=cast["staff.mech"], preview_only=True).preview_only


# --- sharing ----------------------------------------------------------------------------------------


def test_a_share_opens_a_document_to_a_person_until_it_is_taken_back(cast):
    document = put(cast.own, cast["staff.mech"], type="other")
    share = services.share_document(document, actor=cast["staff.mech"], person=cast.people["sales"])
    assert "sales" in who(cast, pk=document.pk)
    assert "sales" not in who(cast, "change", pk=document.pk)
    again_ = services.share_document(document, actor=cast["pm"], person=cast.people["sales"])
    assert again_ == share
    told = Message.objects.filter(event="document_shared").values_list("recipient__username", flat=True)
    assert list(told) == ["sales"]
    services.unshare_document(share, actor=cast["leader.mech"])
    assert "sales" not in who(cast, pk=document.pk)


def test_a_department_is_its_people_in_this_team(cast):
    document = put(cast.own, cast["leader.elec"], type="other")
    services.share_document(document, actor=cast["pm"], department=cast.departments["mechanical"])
    assert "staff.mech" in who(cast, pk=document.pk)
    assert "ex-member" not in who(cast, pk=document.pk)  # of the department, not in the team


def test_shares_stay_inside_the_team(cast):
    document = put(cast.own, cast["staff.mech"])
    for whom in ({"person": cast.people["outsider"]}, {"department": cast.departments["software"]}):
        with pytest.raises(Blocked):
            services.share_document(document, actor=cast["pm"], **whom)
    for whom in ({}, {"person": cast.people["qc"], "department": cast.departments["quality"]}):
        with pytest.raises((ValidationError, Blocked)):
            services.share_document(document, actor=cast["pm"], **whom)
    assert not DocumentShare.objects.exists()


# --- leaving ----------------------------------------------------------------------------------------


def test_whoever_leaves_the_team_loses_everything_at_once(cast, client):
    mine = put(cast.own, cast["staff.mech"], type="contract")
    shared = put(cast.own, cast["leader.elec"], type="other")
    services.share_document(shared, actor=cast["pm"], person=cast.people["staff.mech"])
    departments = put(cast.own, cast["leader.mech"], type="other")
    every = {mine.pk, shared.pk, departments.pk}
    seen = set(Document.objects.for_user(cast["staff.mech"]).values_list("pk", flat=True))
    assert seen == every
    pages = [f"/documents/{pk}/" for pk in every]
    assert {get(client, cast["staff.mech"], page).status_code for page in pages} == {200}
    place = TeamMember.objects.get(contract=cast.own, person=cast.people["staff.mech"])
    remove_member(place, actor=cast["pm"])
    assert not Document.objects.for_user(cast["staff.mech"]).exists()
    assert not Document.objects.for_user(cast["staff.mech"], "restore").exists()
    assert {client.get(page).status_code for page in pages} == {404}
    assert client.post(f"/documents/{mine.pk}/checkout/").status_code == 404


def test_a_leader_who_becomes_a_member_reads_less_at_once(cast):
    document = put(cast.own, cast["qc"], type="other")
    assert "leader.elec" in who(cast, pk=document.pk)
    place = TeamMember.objects.get(contract=cast.own, person=cast.people["leader.elec"])
    change_duty(place, actor=cast["pm"], duty=Duty.MEMBER, version=place.version)
    assert "leader.elec" not in who(cast, pk=document.pk)


# --- customers --------------------------------------------------------------------------------------


def test_customers_see_exactly_the_version_released_to_them(cast):
    document = put(cast.own, cast["staff.mech"])
    first = document.current
    versions = DocumentVersion.objects
    assert not Document.objects.for_user(cast["customer.a"]).exists()
    services.publish_version(first, actor=cast["pm"])
    document.refresh_from_db()
    again(document, cast["pm"])
    assert list(versions.for_user(cast["customer.a"])) == [first]
    assert not versions.for_user(cast["customer.b"]).exists()
    assert held(cast["customer.a"], HELD_BY, document) == {"view"}
    told = Message.objects.filter(event="document_published").values_list("recipient__username", flat=True)
    assert list(told) == ["customer.a"]
    document.refresh_from_db()
    services.withdraw_document(document, actor=cast["pm"])
    assert not versions.for_user(cast["customer.a"]).exists()
    assert not Document.objects.for_user(cast["customer.a"]).exists()


def test_a_drawing_goes_to_the_customer_only_when_released(cast):
    drawing = put(cast.own, cast["staff.mech"], type="drawing")
    with pytest.raises(Blocked):
        services.publish_version(drawing.current, actor=cast["pm"])
    released = services.release_version(drawing.current, actor=cast["leader.mech"])
    services.publish_version(released, actor=cast["pm"])
    assert Document.objects.for_user(cast["customer.a"]).exists()


def test_the_portal_shows_what_was_released_and_nothing_else(cast, client):
    shown = put(cast.own, cast["staff.mech"], title="MARKER-SHOWN")
    put(cast.own, cast["staff.mech"], title="MARKER-HIDDEN")
    services.publish_version(shown.current, actor=cast["pm"])
    again(Document.objects.get(pk=shown.pk), cast["pm"], note="MARKER-NOTE")
    url = reverse("documents:portal_panel", args=[cast.own.pk])
    page = get(client, cast["customer.a"], url).content.decode()
    assert "MARKER-SHOWN" in page
    assert f"/documents/{shown.pk}/v/1/preview/" in page
    assert "MARKER-HIDDEN" not in page
    assert "/v/2/" not in page
    whole = get(client, cast["customer.a"], reverse("contracts:portal_contract", args=[cast.own.pk]))
    assert url in whole.content.decode()
    for office in (f"/documents/{shown.pk}/", f"/contracts/{cast.own.pk}/documents/"):
        assert get(client, cast["customer.a"], office).status_code == 404


def test_preview_only_leaves_the_customer_no_download(cast, client):
    document = put(cast.own, cast["staff.mech"])
    services.publish_version(document.current, actor=cast["pm"])
    url = reverse("documents:portal_panel", args=[cast.own.pk])
    assert "/download/" in get(client, cast["customer.a"], url).content.decode()
    services.edit_document(document, actor=cast["pm"], preview_only=True)
    assert "/download/" not in get(client, cast["customer.a"], url).content.decode()


# --- side channels ----------------------------------------------------------------------------------


@pytest.fixture
def hidden(cast):
    """Documents that 小张 does not see: one of his contract, one in its bin, one of another contract."""
    closed = put(cast.own, cast["sales"], type="contract", title="MARKER-CLOSED", name="MARKER-FILE.pdf")
    binned = put(cast.own, cast["leader.mech"], type="other", title="MARKER-BIN")
    services.remove_document(binned, actor=cast["leader.mech"])
    foreign = put(cast.foreign, cast["boss"], title="MARKER-FOREIGN")
    return [closed, binned, foreign]


def test_pages_say_nothing_of_what_one_does_not_see(cast, client, hidden, task):  # noqa: F811
    again(put(cast.own, cast["staff.mech"], title="MINE"), cast["staff.mech"])
    tab = f"/contracts/{cast.own.pk}/documents/"
    pages = [
        tab, f"{tab}?q=MARKER", f"{tab}?bin=1", f"{tab}?bin=1&q=MARKER", f"{tab}?owner={cast['sales'].pk}",
        f"{tab}?sort=size", f"{tab}panel/", f"/documents/on/production.task/{task.pk}/",
        f"/contracts/{cast.own.pk}/history/", f"/contracts/{cast.own.pk}/", "/tiles/activity/",
        "/search/?q=MARKER",
    ]  # fmt: skip
    for page in pages:
        answer = get(client, cast["staff.mech"], page)
        assert answer.status_code == 200, page
        text = answer.content.decode().replace("q=MARKER", "").replace('value="MARKER"', "")
        assert "MARKER-" not in text, page
    text = get(client, cast["staff.mech"], tab).content.decode()
    assert "陈销售" not in text.partition('id="owner"')[2]  # the filter names no hidden uploader
    assert "MINE" in text


def test_counts_search_and_tiles_leave_hidden_documents_out(cast, client, hidden):
    for number in range(2):
        put(cast.own, cast["staff.mech"], title=f"MARKER-MINE-{number}")
    page = get(client, cast["staff.mech"], f"/contracts/{cast.own.pk}/documents/?q=MARKER", language="en")
    assert "2 documents" in page.content.decode()
    groups = search.find(cast["staff.mech"], "MARKER")
    assert sorted(hit.title for group in groups for hit in group.hits) == ["MARKER-MINE-0", "MARKER-MINE-1"]
    lines = recent(cast["staff.mech"], 50)
    named = {line.object for line in lines if "MARKER" in line.object}
    assert named
    assert all("MINE" in name for name in named)


def test_the_log_of_a_leader_keeps_what_the_department_may_not_read(cast, client):
    """Values of their department are theirs to read, but not of documents they do not see."""
    put(cast.own, cast["staff.mech"], type="contract", title="MARKER-SECRET")
    put(cast.own, cast["staff.mech"], type="other", title="MARKER-OPEN")
    page = get(client, cast["leader.mech"], f"/contracts/{cast.own.pk}/history/").content.decode()
    assert "MARKER-OPEN" in page
    assert "MARKER-SECRET" not in page
    assert "MARKER-SECRET" in get(client, cast["pm"], f"/contracts/{cast.own.pk}/history/").content.decode()


def test_links_name_only_things_one_sees(cast, client, make_task):  # noqa: F811
    """Who reads the document need not see the task it hangs on."""
    secret = make_task(who="leader.mech", name="MARKER-TASK")
    document = put(cast.own, cast["leader.mech"], type="other", anchor=secret)
    url = f"/documents/{document.pk}/"
    assert "MARKER-TASK" in get(client, cast["leader.mech"], url).content.decode()
    assert "MARKER-TASK" not in get(client, cast["staff.mech"], url).content.decode()
    history = get(client, cast["staff.mech"], f"/contracts/{cast.own.pk}/history/").content.decode()
    assert document.title in history
    assert "MARKER-TASK" not in history


def test_shares_are_shown_to_those_who_may_share(cast, client):
    document = put(cast.own, cast["staff.mech"])
    services.share_document(document, actor=cast["pm"], person=cast.people["sales"])
    url = f"/documents/{document.pk}/"
    assert "陈销售" in get(client, cast["staff.mech"], url).content.decode()
    assert "陈销售" not in get(client, cast["qc"], url).content.decode()


def test_opening_a_document_is_logged_with_its_contract(cast, client):
    document = put(cast.own, cast["staff.mech"])
    get(client, cast["qc"], f"/documents/{document.pk}/")
    entry = LogEntry.objects.get(verb="view")
    assert (entry.actor, entry.contract_id) == (cast["qc"], cast.own.pk)
    assert str(document.title) in entry.object_repr
    assert entry.department_id == cast.departments["mechanical"].pk


def test_people_hear_of_versions_only_of_what_they_read(cast, make_task):  # noqa: F811
    """A new version is told to the owner, to whom it is shared with, and to who works on its task."""
    work = make_task(who="staff.mech")
    document = put(cast.own, cast["leader.mech"], type="other", anchor=work)
    services.share_document(document, actor=cast["pm"], person=cast.people["sales"])
    again(document, cast["pm"])
    told = Message.objects.filter(event="document_version").values_list("recipient__username", flat=True)
    assert set(told) == {"leader.mech", "sales", "staff.mech"}
    Message.objects.all().delete()
    document.refresh_from_db()
    services.edit_document(document, actor=cast["pm"], type=DocumentType.objects.get(slug="contract"))
    document.refresh_from_db()
    again(document, cast["pm"])
    told = Message.objects.filter(event="document_version").values_list("recipient__username", flat=True)
    assert set(told) == {"leader.mech", "sales"}
