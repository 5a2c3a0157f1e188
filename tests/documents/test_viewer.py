"""The viewer as the server makes it: what is shown to whom, what waits, what is logged, what ends."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageChops

from contracts import services as contracts
from documents import viewing
from documents.models import Document, DocumentVersion, Preview
from documents.services.previews import request_preview
from erp.models import LogEntry
from tests.documents.helpers import picture_row, preview_row, row, share_row, version_row

MARKER = "灌装机专用标记"


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def document(cast: Any, **fields: Any) -> Document:
    """小张's document of the mechanical department in the own contract."""
    found: Document = row(cast.own, cast["staff.mech"], department=cast.departments["mechanical"], **fields)
    return found


def url_of(found: Document, route: str = "preview", number: int = 1, *more: int) -> str:
    return reverse(f"documents:{route}", args=[found.pk, number, *more])


def get(user: Any, url: str, **headers: str) -> Any:
    """The answer, read to its end; its text in `words`."""
    answer: Any = client_of(user).get(url, headers=headers)
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.words = answer.body.decode("utf-8", "replace")
    return answer


def deeds(verb: str = "preview") -> int:
    return int(LogEntry.objects.filter(verb=verb).count())


# --- waiting ----------------------------------------------------------------------------------------


def test_a_page_that_waits_asks_again_more_and_more_slowly(cast):
    found = document(cast)
    Preview.objects.filter(pk=request_preview(found.current).pk).update(state="queued")
    client, url, pauses = client_of(cast["boss"]), url_of(found), []
    text = client.get(url).content.decode()
    for _ in range(9):
        asked = re.search(r'hx-get="([^"]+)" hx-trigger="load delay:(\d+)s', text)
        pauses.append(int(asked[2]))
        text = client.get(unescape(asked[1]), headers={"hx-request": "true"}).content.decode()
        assert "<html" not in text
    assert pauses == [1, 1, 2, 2, 3, 4, 5, 5, 5]
    assert deeds() == 1, "asking again is no further viewing"
    Preview.objects.update(state="converting")
    assert "预览" in client.get(url, headers={"hx-request": "true"}).content.decode()
    Preview.objects.update(state="ready", media_type="application/pdf", result=found.current.key, pages=1)
    last = client.get(url, headers={"hx-request": "true"}).content.decode()
    assert 'data-look="pdf"' in last
    assert "hx-get" not in last


@pytest.mark.parametrize(("state", "retry"), [("failed", True), ("unavailable", False)])
def test_no_preview_says_why_and_offers_the_file(cast, state, retry):
    found = document(cast)
    preview = request_preview(found.current)
    Preview.objects.filter(pk=preview.pk).update(state=state, reason="The file is empty.")
    for name in ("boss", "staff.mech", "qc"):
        text = get(cast[name], url_of(found)).words
        assert "文件是空的" in text
        assert url_of(found, "download") in text
        assert (url_of(found, "preview_retry") in text) is (retry and name != "qc")
        assert "hx-trigger" not in text


def test_whoever_changes_the_document_has_a_failed_preview_made_again(cast):
    found = document(cast)
    preview = request_preview(found.current)
    Preview.objects.filter(pk=preview.pk).update(state="failed", reason="The file is empty.")
    assert client_of(cast["qc"]).post(url_of(found, "preview_retry")).status_code == 403
    preview.refresh_from_db()
    assert preview.state == "failed"
    answer = client_of(cast["staff.mech"]).post(url_of(found, "preview_retry"))
    assert (answer.status_code, answer["Location"]) == (302, url_of(found))
    preview.refresh_from_db()
    assert preview.state == "queued"


@pytest.mark.parametrize(("scan", "words"), [("pending", "病毒扫描"), ("infected", "发现病毒")])
def test_what_the_scanner_did_not_clear_is_not_shown(cast, scan, words):
    found = document(cast)
    preview_row(found.current, MARKER.encode(), "text/plain")
    DocumentVersion.objects.filter(pk=found.current.pk).update(scan=scan)
    for url in (url_of(found), url_of(found, "compare")):
        text = get(cast["boss"], url).words
        assert words in text
        assert MARKER not in text
        assert url_of(found, "download") not in text
    assert get(cast["boss"], url_of(found, "page", 1, 1)).status_code == 403


# --- what is shown ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "look"),
    [("application/pdf", "pdf"), ("image/webp", "image"), ("model/stl", "stl"), ("model/step", "step")],
)
def test_each_kind_has_its_look(cast, media_type, look):
    found = document(cast)
    preview_row(found.current, b"x", media_type)
    answer = get(cast["boss"], url_of(found))
    assert f'data-look="{look}"' in answer.words
    assert f'data-src="{url_of(found, "content")}?seen=' in answer.words
    assert f'data-mark="{cast["boss"].name} · ' in answer.words
    assert f' · {cast.own.number}"' in answer.words
    sent = get(cast["boss"], url_of(found, "content"))
    assert (sent.body, sent["Content-Type"]) == (b"x", media_type)


def test_text_is_shown_as_text_and_only_so_much_of_it(cast):
    found = document(cast)
    preview_row(found.current, f"<script>alert(1)</script>\n{MARKER}\n".encode(), "text/plain")
    text = get(cast["boss"], url_of(found)).words
    assert f"&lt;script&gt;alert(1)&lt;/script&gt;\n{MARKER}" in text
    assert "只显示开头" not in text
    preview_row(found.current, ("〇" * (viewing.LETTERS + 5)).encode(), "text/plain")
    text = get(cast["boss"], url_of(found)).words
    assert "只显示开头" in text
    assert text.count("〇") == viewing.LETTERS


def test_a_table_is_a_table_of_bounded_size(cast):
    found = document(cast)
    lines = "\n".join(f'{n},"泵 <b>{n}</b>, 带电机"' for n in range(viewing.ROWS + 50))
    preview_row(found.current, lines.encode(), "text/csv")
    text = get(cast["boss"], url_of(found)).words
    assert text.count("<tr>") == viewing.ROWS
    assert "<td>泵 &lt;b&gt;7&lt;/b&gt;, 带电机</td>" in text
    assert "只显示开头" in text


@pytest.mark.parametrize("content", ['a,"unclosed\n' * 20, "x" * 200_000, "\n\n\n", ",,,\n" * 3, '"' * 999])
def test_no_csv_brings_the_page_down(cast, content):
    found = document(cast)
    preview_row(found.current, content.encode(), "text/csv")
    assert get(cast["boss"], url_of(found)).status_code == 200


def test_a_model_too_large_for_a_browser_is_for_the_download(cast):
    found = document(cast)
    preview_row(found.current, b"x", "model/stl")
    DocumentVersion.objects.filter(pk=found.current.pk).update(size=viewing.LARGEST_MODEL + 1)
    text = get(cast["boss"], url_of(found)).words
    assert "data-look" not in text
    assert "模型太大" in text
    assert url_of(found, "download") in text


def test_the_page_lets_workers_of_ours_in_and_nothing_else(cast):
    found = document(cast)
    preview_row(found.current, b"x", "model/step")
    policy = get(cast["boss"], url_of(found))["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "eval" not in policy
    assert "worker-src" not in get(cast["boss"], "/help/")["Content-Security-Policy"]


# --- for reading only --------------------------------------------------------------------------------


def test_for_reading_only_sends_pictures_with_the_readers_mark(cast):
    found = document(cast, preview_only=True)
    picture_row(found.current)
    text = get(cast["qc"], url_of(found)).words
    assert 'data-look="pages"' in text
    assert "data-src" not in text
    assert url_of(found, "download") not in text
    assert 'data-act="print"' not in text
    changer = get(cast["staff.mech"], url_of(found)).words
    assert 'data-look="image"' in changer
    assert url_of(found, "download") in changer
    answers = {name: get(cast[name], url_of(found, "page", 1, 1)) for name in ("qc", "service")}
    images = {name: Image.open(io.BytesIO(a.body)).convert("L") for name, a in answers.items()}
    for name, image in images.items():
        assert answers[name]["Content-Type"] == "image/jpeg"
        assert "sandbox" in answers[name]["Content-Security-Policy"]
        assert image.size == (400, 300)
        dark = sum(image.histogram()[:245])
        assert 300 < dark < 400 * 300 / 4, "a mark that can be read, and read through"
    assert ImageChops.difference(*images.values()).getbbox(), "each reader has a mark of their own"
    small = get(cast["qc"], url_of(found, "page", 1, 1) + "?size=small")
    assert Image.open(io.BytesIO(small.body)).width == 240


def test_text_for_reading_only_is_drawn(cast):
    found = document(cast, preview_only=True)
    preview_row(found.current, f"{MARKER}\n".encode() * 100, "text/plain")
    answer = get(cast["qc"], url_of(found))
    assert MARKER not in answer.words
    assert 'data-look="pages" ' in answer.words.replace("\n", " ")
    assert 'data-pages="2"' in answer.words
    assert get(cast["qc"], url_of(found, "page", 1, 2)).status_code == 200
    assert get(cast["qc"], url_of(found, "page", 1, 3)).status_code == 404


def test_a_model_for_reading_only_is_not_sent(cast):
    found = document(cast, preview_only=True)
    preview_row(found.current, b"x", "model/step")
    text = get(cast["qc"], url_of(found)).words
    assert "data-look" not in text
    assert "仅供在线阅读" in text
    assert get(cast["qc"], url_of(found, "page", 1, 1)).status_code == 404


# --- the log ----------------------------------------------------------------------------------------


def test_a_viewing_is_logged_once(cast):
    found = document(cast)
    picture_row(found.current)
    text = get(cast["boss"], url_of(found)).words
    assert deeds() == 1
    source = re.search(r'data-src="([^"]+)"', text)[1]
    page = re.search(r'data-page="([^"]+)"', text)[1].replace("/0/", "/1/")
    for url in (source, source, page, page + "&size=small", url_of(found) + "?alive"):
        assert get(cast["boss"], url).status_code in (200, 204)
    assert get(cast["boss"], source, range="bytes=0-3").status_code == 206
    client_of(cast["boss"]).head(source)
    assert deeds() == 1
    entry = LogEntry.objects.get(verb="preview")
    assert (entry.actor, entry.object_id) == (cast["boss"], found.current.pk)
    get(cast["boss"], url_of(found))
    assert deeds() == 2


def test_content_fetched_past_the_page_is_logged_too(cast):
    found, other = document(cast), document(cast)
    for one in (found, other):
        picture_row(one.current)
    strange = [
        "",
        "?seen=",
        "?seen=nonsense",
        f"?seen={viewing.ticket(cast['qc'], found.current)}",
        f"?seen={viewing.ticket(cast['boss'], other.current)}",
    ]
    for query in strange:
        get(cast["boss"], url_of(found, "content") + query)
    assert deeds() == len(strange)
    get(cast["boss"], url_of(found, "page", 1, 1))
    get(cast["boss"], url_of(found), **{"hx-request": "true"})
    assert deeds() == len(strange) + 2


# --- the end of a right -------------------------------------------------------------------------------


def routes_of(found: Document) -> list[str]:
    current: Any = found.current
    seen = viewing.ticket(found.owner, current)
    return [
        url_of(found),
        url_of(found) + "?alive",
        url_of(found) + "?waited=3",
        f"{url_of(found, 'content')}?seen={seen}",
        f"{url_of(found, 'page', 1, 1)}?seen={seen}",
        url_of(found, "compare"),
        url_of(found, "download"),
    ]


def statuses(user: Any, found: Document) -> set[int]:
    return {get(user, url).status_code for url in routes_of(found)}


def test_a_share_taken_back_ends_every_open_page_and_link(cast):
    found = document(cast)
    picture_row(found.current)
    assert statuses(cast["sales"], found) == {404}
    share = share_row(found, cast.people["sales"])
    assert statuses(cast["sales"], found) == {200, 204}
    share.delete()
    assert statuses(cast["sales"], found) == {404}


def test_leaving_the_team_ends_every_open_page_and_link(cast):
    found = document(cast)
    picture_row(found.current)
    assert statuses(cast["qc"], found) == {200, 204}
    member = cast.own.team.get(person=cast.people["qc"])
    contracts.remove_member(member, actor=cast["boss"])
    assert statuses(cast["qc"], found) == {404}


def test_the_bin_ends_them_too(cast):
    found = document(cast)
    picture_row(found.current)
    found.deleted_at = found.created
    found.save()
    assert statuses(cast["boss"], found) == {404}


# --- customers ----------------------------------------------------------------------------------------


def test_customers_see_the_published_version_in_their_own_shell(cast):
    found = document(cast, versions=2)
    first = found.versions.get(number=1)
    picture_row(first)
    customer = cast["customer.a"]
    assert {get(customer, url_of(found, "preview", n)).status_code for n in (1, 2)} == {404}
    found.published = first
    found.save()
    text = get(customer, url_of(found)).words
    assert 'class="portal"' in text
    for office in (url_of(found, "compare"), found.get_absolute_url() + '"', "/contracts/"):
        assert office not in text.replace("/portal/contracts/", "")
    assert cast["staff.mech"].name not in text
    for route in ("content", "download"):
        assert get(customer, url_of(found, route)).status_code == 200
    assert get(customer, url_of(found, "page", 1, 1)).status_code == 200
    assert get(customer, url_of(found, "preview", 2)).status_code == 404
    assert get(customer, url_of(found, "download", 2)).status_code == 404
    assert get(cast["customer.b"], url_of(found)).status_code == 404
    found.published = None
    found.save()
    assert get(customer, url_of(found)).status_code == 404


def test_customers_take_no_file_that_is_for_reading_only(cast):
    found = document(cast, preview_only=True)
    picture_row(found.current)
    found.published = found.current
    found.save()
    assert 'data-look="pages"' in get(cast["customer.a"], url_of(found)).words
    assert get(cast["customer.a"], url_of(found, "content")).status_code == 403
    assert get(cast["customer.a"], url_of(found, "download")).status_code == 403


# --- comparing ----------------------------------------------------------------------------------------


def numbers(text: str) -> list[str]:
    return re.findall(r'<section class="viewer-pane" aria-label="[^"]* v(\d+)"', text)


@pytest.mark.parametrize(
    ("number", "query", "shown"),
    [
        (3, "", ["2", "3"]),
        (3, "?with=1", ["1", "3"]),
        (1, "?with=3", ["3", "1"]),
        (1, "", ["1"]),
        (3, "?with=9", ["3"]),
        (3, "?with=x", ["2", "3"]),
        (3, "?with=3", ["3"]),
        (3, "?with=-1", ["2", "3"]),
        (3, "?with=" + "9" * 400, ["2", "3"]),
    ],
)
def test_two_versions_side_by_side(cast, number, query, shown):
    found = document(cast, versions=3)
    answer = get(cast["boss"], url_of(found, "compare", number) + query)
    assert answer.status_code == 200
    assert numbers(answer.words) == shown
    assert deeds() == len(shown)


# --- cost ---------------------------------------------------------------------------------------------


def test_the_page_costs_the_same_for_one_and_for_many_versions(cast, django_assert_max_num_queries):
    found = document(cast, versions=2)
    picture_row(found.current)
    client = client_of(cast["qc"])
    client.get(url_of(found, "preview", 2))
    with django_assert_max_num_queries(18) as few:
        client.get(url_of(found, "preview", 2))
    for number in range(3, 9):
        version_row(found, number, cast["boss"])
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(url_of(found, "preview", 2))
    with django_assert_max_num_queries(10):
        client.get(url_of(found, "preview", 2) + "?alive")


@pytest.mark.parametrize("waited", ["", "-1", "x", "9" * 500, "１", "\x00", "1e9"])
def test_nothing_in_the_address_brings_the_page_down(cast, waited):
    found = document(cast)
    answer = client_of(cast["boss"]).get(url_of(found), {"waited": waited, "with": waited, "seen": waited})
    assert answer.status_code == 200
