"""The pages of documents: lists, one document, deeds by form, what they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents import services
from documents.forms import TypeField
from documents.models import Document, DocumentType
from tests.documents.helpers import again, docx, put
from tests.erp.pages import get
from tests.production.conftest import make_task, task  # noqa: F401  fixtures

PNG = b"\x89PNG\r\n\x1a\n0000"


@pytest.fixture
def tab(cast):
    return f"/contracts/{cast.own.pk}/documents/"


@pytest.fixture
def do(cast, client):
    """POST to a document's address as somebody; where it leads."""

    def do(who, url, **data):
        client.force_login(cast[who])
        client.cookies["django_language"] = "en"
        return client.post(url, data)

    return do


def titles(answer):
    return [row.title for row in answer.context["rows"]]


def test_the_tab_lists_what_one_reads_and_narrows_it(cast, client, tab):
    drawing = put(cast.own, cast["staff.mech"], type="drawing", title="底座")
    put(cast.own, cast["qc"], title="方案", name="spec.docx", content=docx())
    put(cast.own, cast["service"], type="photo", title="现场", name="img.png", content=PNG)
    services.release_version(drawing.current, actor=cast["leader.mech"])
    drawing.refresh_from_db()
    services.check_out(drawing, actor=cast["pm"])
    photo = DocumentType.objects.get(slug="photo")

    def shown(**query):
        return set(titles(get(client, cast["pm"], tab, **query)))

    assert shown() == {"底座", "方案", "现场"}
    assert shown(q="SPEC") == {"方案"}
    assert shown(q="现场") == {"现场"}
    assert shown(type=photo.pk) == {"现场"}
    assert shown(state="released") == {"底座"}
    assert shown(state="draft") == set()
    assert shown(state="checked_out") == {"底座"}
    assert shown(state="published") == set()
    assert shown(owner=cast["qc"].pk) == {"方案"}
    assert shown(owner=cast["qc"].pk, type=photo.pk) == set()
    assert shown(type="x", state="nonsense", owner="1e9", sort="password", page="-3", bin="yes") == shown()
    services.publish_version(drawing.versions.get(), actor=cast["pm"])
    assert shown(state="published") == {"底座"}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("title", ["A", "B", "C"]),
        ("-title", ["C", "B", "A"]),
        ("size", ["B", "A", "C"]),
        ("-size", ["C", "A", "B"]),
        ("type", ["B", "A", "C"]),
        ("owner", ["A", "C", "B"]),
    ],
)
def test_columns_sort_both_ways(cast, client, tab, sort, expected):
    pdf = b"%PDF-1.4\n"
    put(cast.own, cast["boss"], title="A", content=pdf + b"x" * 20, type="acceptance")
    put(cast.own, cast["qc"], title="B", content=pdf, type="technical")
    put(cast.own, cast["boss"], title="C", content=pdf + b"x" * 90, type="other")
    found = titles(get(client, cast["pm"], tab, sort=sort))
    if sort == "owner":  # by name as the database sorts it; the two of one person stay together
        assert sorted((found.index("A"), found.index("C"))) in ([0, 1], [1, 2])
    else:
        assert found == expected


def test_fifty_rows_a_page(cast, client, tab):
    for number in range(52):
        Document.objects.create(
            contract=cast.own,
            owner=cast["pm"],
            type=DocumentType.objects.get(slug="other"),
            title=f"{number:02}",
        )
    first = get(client, cast["pm"], tab, sort="title")
    assert len(titles(first)) == 50
    assert titles(get(client, cast["pm"], tab, sort="title", page=2)) == ["50", "51"]
    assert titles(get(client, cast["pm"], tab, sort="title", page=999)) == ["50", "51"]


def cost(client, user, url, **more):
    get(client, user, url, **more)  # what is asked once per process
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url, more)
    assert answer.status_code == 200
    return len(asked)


@pytest.mark.parametrize("who", ["pm", "staff.mech", "boss", "qc"])
@pytest.mark.parametrize("part", ["", "panel/", "?bin=1"])
def test_lists_cost_the_same_for_one_row_and_for_three(cast, client, tab, who, part):
    documents = [put(cast.own, cast["staff.mech"], type="drawing", title="1")]
    if part == "?bin=1":
        services.remove_document(documents[0], actor=cast["staff.mech"])
    one = cost(client, cast[who], tab + part)
    for title in "23":
        document = put(cast.own, cast["staff.mech"], type="drawing", title=title)
        services.release_version(document.current, actor=cast["pm"])
        services.publish_version(document.versions.get(), actor=cast["pm"])
        document.refresh_from_db()
        services.check_out(document, actor=cast["pm"])
        if part == "?bin=1":
            services.remove_document(document, actor=cast["pm"])
    three = cost(client, cast[who], tab + part)
    assert one == three
    assert three <= 15  # of these the frame of the contract asks eleven


def test_a_list_that_is_sorted_or_searched_asks_little(cast, client, tab):
    put(cast.own, cast["staff.mech"])
    get(client, cast["pm"], tab)
    with CaptureQueriesContext(connection) as asked:
        client.get(tab, {"q": "图", "sort": "title"}, headers={"HX-Request": "true"})
    assert len(asked) <= 8


def test_a_document_page_stays_within_its_queries(cast, client, make_task):  # noqa: F811
    document = put(cast.own, cast["staff.mech"], type="drawing", anchor=make_task())
    for note in "abc":
        again(document, cast["staff.mech"], note=note)
        document.refresh_from_db()
    services.share_document(document, actor=cast["pm"], person=cast.people["sales"])
    services.share_document(document, actor=cast["pm"], department=cast.departments["service"])
    for who in ("pm", "staff.mech", "qc"):
        assert cost(client, cast[who], f"/documents/{document.pk}/") <= 18


def test_a_document_page_costs_the_same_for_many_versions(cast, client):
    document = put(cast.own, cast["staff.mech"])
    url = f"/documents/{document.pk}/"
    one = cost(client, cast["pm"], url)
    for note in "abc":
        again(document, cast["pm"], note=note)
        document.refresh_from_db()
    assert cost(client, cast["pm"], url) == one


def test_fragments_and_whole_pages(cast, client, tab, task):  # noqa: F811
    put(cast.own, cast["staff.mech"], anchor=task)
    anchored = f"/documents/on/production.task/{task.pk}/"
    for url in (tab, f"{tab}panel/", f"{tab}upload/", anchored):
        assert b"<html" in get(client, cast["pm"], url).content, url
        part = get(client, cast["pm"], url, htmx=True).content
        assert part.strip(), url
        assert b"<html" not in part, url
    assert b'id="anchored-list"' in get(client, cast["pm"], anchored).content
    assert anchored in get(client, cast["pm"], task.get_absolute_url()).content.decode()


def test_a_document_on_a_task_is_shown_there(cast, client, task):  # noqa: F811
    put(cast.own, cast["staff.mech"], anchor=task, title="MARKER-ON")
    put(cast.own, cast["staff.mech"], title="MARKER-OFF")
    page = get(client, cast["pm"], f"/documents/on/production.task/{task.pk}/").content.decode()
    assert "MARKER-ON" in page
    assert "MARKER-OFF" not in page


@pytest.mark.parametrize("label", ["orgchart.user", "contracts.contract", "x", "production.nothing"])
def test_documents_hang_on_registered_things_only(cast, client, label):
    assert get(client, cast["boss"], f"/documents/on/{label}/1/").status_code == 404


def test_buttons_are_shown_to_whom_they_work_for(cast, client):
    document = put(cast.own, cast["staff.mech"], type="drawing")
    url = f"/documents/{document.pk}/"
    words = dict.fromkeys(("version/", "checkout/", "share/", "remove/"), CHANGE)
    words |= {"v/1/release/": {"pm", "boss", "leader.mech"}, "v/1/download/": {*CHANGE, "qc", "buyer"}}
    for who in ("pm", "boss", "leader.mech", "staff.mech", "qc", "buyer"):
        page = get(client, cast[who], url).content.decode()
        shown = {word for word in words if f"{url}{word}" in page}
        assert shown == {word for word, people in words.items() if who in people}, who


CHANGE = {"pm", "boss", "leader.mech", "staff.mech"}


def test_a_drawing_goes_its_way_by_forms(cast, client, do):
    document = put(cast.own, cast["staff.mech"], type="drawing")
    url = f"/documents/{document.pk}/"
    assert do("pm", f"{url}publish/", n=1).url == url
    document.refresh_from_db()
    assert document.published is None  # not released yet; the page says so
    assert "released version" in client.get(url).content.decode()
    do("leader.mech", f"{url}v/1/release/")
    do("pm", f"{url}publish/", n=1)
    document.refresh_from_db()
    assert document.published == document.current
    assert "Customer sees v1" in get(client, cast["pm"], url, language="en").content.decode()
    do("pm", f"{url}unpublish/")
    document.refresh_from_db()
    assert document.published is None
    for n in ("", "x", "-1", "99", "1e3"):
        assert do("pm", f"{url}publish/", n=n).status_code == 404


def test_check_out_and_in_by_forms(cast, client, do):
    document = put(cast.own, cast["staff.mech"])
    url = f"/documents/{document.pk}/"
    do("leader.mech", f"{url}checkout/")
    page = get(client, cast["staff.mech"], url, language="en").content.decode()
    assert "李机械 has checked this document out until" in page
    assert f"{url}version/" not in page
    assert do("staff.mech", f"{url}checkin/").status_code == 403
    assert f"{url}checkin/" in get(client, cast["pm"], url).content.decode()
    do("pm", f"{url}checkin/")
    document.refresh_from_db()
    assert document.holder() is None
    Document.objects.filter(pk=document.pk).update(
        checked_out_by=cast["pm"], checked_out_until=timezone.now() - timedelta(seconds=1)
    )
    assert f"{url}version/" in get(client, cast["staff.mech"], url).content.decode()


def test_bin_and_back_by_forms(cast, client, do, tab):
    document = put(cast.own, cast["staff.mech"], title="MARKER-BIN")
    url = f"/documents/{document.pk}/"
    assert do("staff.mech", f"{url}remove/").url == tab
    assert client.get(url).status_code == 404
    assert "MARKER-BIN" not in "".join(titles(get(client, cast["pm"], tab)))
    assert titles(get(client, cast["pm"], tab, bin=1)) == ["MARKER-BIN"]
    assert titles(get(client, cast["qc"], tab, bin=1)) == []
    assert do("qc", f"{url}restore/").status_code == 404
    assert do("pm", f"{url}restore/").url == f"{tab}?bin=1"
    assert client.get(url).status_code == 200


def test_sharing_by_form_offers_the_team_only(cast, client, do):
    document = put(cast.own, cast["staff.mech"])
    url = f"/documents/{document.pk}/share/"
    page = get(client, cast["staff.mech"], url).content.decode()
    assert "陈销售" in page
    assert "钱软件" not in page
    assert do("staff.mech", url, person=cast.people["outsider"].pk).status_code == 422
    assert do("staff.mech", url).status_code == 422
    assert do("staff.mech", url, person=cast.people["sales"].pk).url == f"/documents/{document.pk}/"
    share = document.shares.get()
    assert do("staff.mech", f"/documents/{document.pk}/unshare/{share.pk}/").status_code == 302
    other = put(cast.own, cast["staff.mech"])
    share = services.share_document(other, actor=cast["pm"], person=cast.people["sales"])
    assert do("staff.mech", f"/documents/{document.pk}/unshare/{share.pk}/").status_code == 404


def test_editing_by_form_keeps_what_was_typed_and_shows_a_conflict(cast, client, do):
    document = put(cast.own, cast["staff.mech"])
    document.refresh_from_db()
    url, kind = f"/documents/{document.pk}/edit/", document.type_id
    answer = do("staff.mech", url, version=document.version, title="  ", type=kind)
    assert answer.status_code == 422
    photo = DocumentType.objects.get(slug="photo").pk
    answer = do("staff.mech", url, version=document.version, title="新名", type=photo)
    assert answer.status_code == 422
    assert "新名" in answer.content.decode()
    assert do("staff.mech", url, version=document.version, title="新名", type=kind).status_code == 302
    answer = do("pm", url, version=document.version, title="别名", type=kind)
    assert answer.status_code == 409
    assert "新名" in answer.content.decode()


def test_an_old_version_is_restored_by_form(cast, do):
    document = put(cast.own, cast["staff.mech"])
    again(document, cast["staff.mech"])
    assert do("staff.mech", f"/documents/{document.pk}/restore-version/1/").status_code == 302
    assert do("staff.mech", f"/documents/{document.pk}/restore-version/9/").status_code == 404
    assert document.versions.get(number=3).restored_from == 1


def test_an_archived_contract_offers_nothing(cast, client):
    from tests.documents.helpers import row

    document = row(cast.archived, cast["staff.mech"], department=cast.departments["mechanical"])
    page = get(client, cast["pm"], f"/documents/{document.pk}/").content.decode()
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    listed = get(client, cast["pm"], f"/contracts/{cast.archived.pk}/documents/").content.decode()
    assert "data-upload" not in listed


def test_the_choice_of_a_type_says_who_reads_it(cast):
    labels = {str(label) for _value, label in TypeField().choices}
    assert "图纸 · 团队、质检、采购" in labels
    assert "发票 · 销售与财务" in labels


def test_the_back_office_edits_types_and_reads_the_rest(cast, client):
    document = put(cast.own, cast["staff.mech"])
    services.share_document(document, actor=cast["pm"], person=cast.people["sales"])
    kind = DocumentType.objects.get(slug="photo")
    for model, pk in (
        ("documenttype", kind.pk),
        ("document", document.pk),
        ("documentversion", document.current_id),
        ("documentshare", document.shares.get().pk),
    ):
        assert get(client, cast["admin"], f"/admin/documents/{model}/").status_code == 200, model
        assert get(client, cast["admin"], f"/admin/documents/{model}/{pk}/change/").status_code == 200, model
        assert get(client, cast["boss"], f"/admin/documents/{model}/").status_code == 302, model
    data = {"slug": "photo", "name": "照片", "name_en": "Photo", "position": 60, "active": "on",
            "extensions": ".PNG jpg", "for_quality": "on", "seen": kind.version}  # fmt: skip
    client.force_login(cast["admin"])
    answer = client.post(f"/admin/documents/documenttype/{kind.pk}/change/", data)
    assert answer.status_code == 302
    kind.refresh_from_db()
    assert (kind.extensions, kind.for_quality, kind.for_team) == ("png jpg", True, False)
    answer = client.post(f"/admin/documents/documenttype/{kind.pk}/change/", data | {"extensions": "nope"})
    assert answer.status_code == 200
    assert client.post(f"/admin/documents/document/{document.pk}/change/", {"title": "x"}).status_code == 403
    assert client.get("/admin/documents/document/add/").status_code == 403
