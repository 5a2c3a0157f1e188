"""How files leave the server: types, dispositions, policies, ranges, conditions, and who gets none."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from documents import serving, store
from documents.kinds import INLINE, KINDS
from documents.models import DocumentVersion
from documents.serving import BLOCK, POLICY, Slice, one_range
from erp.models import LogEntry
from tests.documents.helpers import row

CONTENT = bytes(range(256)) * 40
SIZE = len(CONTENT)


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def version(cast: Any, content: bytes = CONTENT, **fields: Any) -> DocumentVersion:
    """A version of 小张's document in the own contract, with this content."""
    document = row(cast.own, cast["staff.mech"], department=cast.departments["mechanical"])
    assert document.current
    found: DocumentVersion = document.current
    spooled, key = store.spool([content], store.upload_limit()), f"{found.key}-test"
    store.put(spooled, key)
    changed = {"key": key, "size": spooled.size, "sha256": spooled.sha256, **fields}
    DocumentVersion.objects.filter(pk=found.pk).update(**changed)
    found.refresh_from_db()
    return found


def url_of(found: DocumentVersion, route: str = "download") -> str:
    return reverse(f"documents:{route}", args=[found.document_id, found.number])


def got(client: Client, found: DocumentVersion, route: str = "download", **headers: str) -> Any:
    """The answer, read to its end; the content in `body`."""
    answer: Any = client.get(url_of(found, route), headers=headers)
    answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


SHOWN = {"image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf", "text/plain"}


def test_every_kind_is_sent_as_what_the_registry_says_and_harmless(cast):
    client, found = client_of(cast["boss"]), version(cast)
    for extension, kind in KINDS.items():
        DocumentVersion.objects.filter(pk=found.pk).update(
            extension=extension, file_name=f"图纸.{extension}", media_type="text/html"
        )
        answer = got(client, found, **{"accept-encoding": "gzip"})
        disposition = answer["Content-Disposition"].partition(";")[0]
        assert (answer.status_code, answer.body) == (200, CONTENT)
        assert answer["Content-Type"].partition(";")[0] == kind.media_type
        assert disposition == ("inline" if kind.media_type in SHOWN else "attachment")
        assert disposition == "attachment" or extension in INLINE | {"log", "md", "ini"}  # plain text all
        assert kind.media_type not in ("text/html", "image/svg+xml", "application/xhtml+xml")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == POLICY
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Encoding"] == "identity"
        assert answer["Content-Length"] == str(SIZE)


def test_what_could_carry_a_script_is_never_shown(cast):
    client, found = client_of(cast["boss"]), version(cast, b"<svg onload=alert(1)>")
    for extension in ("svg", "xml", "fodt", "html", "unheard-of"):
        DocumentVersion.objects.filter(pk=found.pk).update(extension=extension, file_name=f"x.{extension}")
        answer = got(client, found)
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plan.pdf", 'inline; filename="plan.pdf"'),
        (
            "机架 图纸（终版）.pdf",
            "inline; filename*=utf-8''%E6%9C%BA%E6%9E%B6%20%E5%9B%BE%E7%BA%B8%EF%BC%88%E7%BB%88%E7%89%88"
            "%EF%BC%89.pdf",
        ),
        ('a"b;c.pdf', 'inline; filename="a\\"b;c.pdf"'),
        ("😀.pdf", "inline; filename*=utf-8''%F0%9F%98%80.pdf"),
    ],
)
def test_names_reach_the_browser_as_they_are(cast, name, expected):
    found = version(cast, extension="pdf", file_name=name)
    assert got(client_of(cast["boss"]), found)["Content-Disposition"] == expected


def test_a_name_with_a_line_break_splits_no_header(cast):
    found = version(cast, extension="pdf", file_name="a\r\nSet-Cookie: x=1.pdf")
    answer = got(client_of(cast["boss"]), found)
    assert "\n" not in answer["Content-Disposition"]
    assert "x" not in answer.cookies


RANGES: list[tuple[str, Any]] = [
    ("bytes=0-0", (0, 1)),
    ("bytes=0-99", (0, 100)),
    ("bytes=90-", (90, 10)),
    ("bytes=-1", (99, 1)),
    ("bytes=-1000", (0, 100)),
    ("bytes=50-100000", (50, 50)),
    (" bytes=5-6 ", (5, 2)),
    ("bytes=99-99", (99, 1)),
    ("bytes=100-", ValueError),
    ("bytes=100-200", ValueError),
    ("bytes=999999999999999999-", ValueError),
    ("bytes=-0", ValueError),
    ("bytes=5-2", None),
    ("bytes=-", None),
    ("bytes=", None),
    ("bytes=a-b", None),
    ("bytes=0-1,5-6", None),
    ("bytes=" + ",".join(f"{n}-{n + 5}" for n in range(1000)), None),
    ("bytes=" + "9" * 5000 + "-", None),
    ("bytes=１-２", None),
    ("bytes=+1-2", None),
    ("bytes=1--2", None),
    ("items=0-5", None),
    ("bytes 0-5", None),
    ("", None),
]


@pytest.mark.parametrize(("header", "expected"), RANGES, ids=[header[:24] for header, _ in RANGES])
def test_one_range(header, expected):
    if expected is ValueError:
        with pytest.raises(ValueError, match="bytes"):
            one_range(header, 100)
    else:
        assert one_range(header, 100) == expected


def test_ranges_are_answered(cast):
    client, found = client_of(cast["boss"]), version(cast)
    for header, status, start, content in (
        ("bytes=0-99", 206, 0, CONTENT[:100]),
        ("bytes=10000-", 206, 10000, CONTENT[10000:]),
        ("bytes=-7", 206, SIZE - 7, CONTENT[-7:]),
        (f"bytes={SIZE}-", 416, 0, b""),
        ("bytes=0-1,4-5", 200, 0, CONTENT),
        ("bytes=" + ",".join(["0-"] * 1000), 200, 0, CONTENT),
        ("nonsense", 200, 0, CONTENT),
    ):
        answer = got(client, found, range=header)
        assert (answer.status_code, answer.body) == (status, content)
        if status == 206:
            assert answer["Content-Range"] == f"bytes {start}-{start + len(content) - 1}/{SIZE}"
        if status == 416:
            assert answer["Content-Range"] == f"bytes */{SIZE}"
        else:
            assert answer["Content-Length"] == str(len(content))


def test_head_tells_everything_and_sends_nothing(cast):
    client, found = client_of(cast["boss"]), version(cast)
    answer = client.head(url_of(found), headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(SIZE)
    assert answer["Accept-Ranges"] == "bytes"
    assert not LogEntry.objects.filter(verb="download").exists()


def test_conditions(cast):
    client, found = client_of(cast["boss"]), version(cast)
    etag = client.head(url_of(found))["ETag"]
    cases = [
        ({"if-none-match": etag}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-match": '"other"'}, 412),
        ({"if-match": etag}, 200),
        ({"if-match": "garbage"}, 200),
        ({"range": "bytes=0-9", "if-range": etag}, 206),
        ({"range": "bytes=0-9", "if-range": '"other"'}, 200),
        ({"range": "bytes=0-9", "if-range": "Wed, 21 Oct 2015 07:28:00 GMT"}, 200),
    ]
    assert [(headers, got(client, found, **headers).status_code) for headers, _ in cases] == cases


@pytest.mark.parametrize(
    "headers", [{}, {"if-none-match": "*"}, {"if-match": "*"}, {"range": "bytes=0-0"}], ids=str
)
def test_strangers_learn_nothing_from_conditions(cast, headers):
    """A foreign file and one that never was answer alike, whatever is asked."""
    found = version(cast)
    client = client_of(cast["outsider"])
    for url in (url_of(found), reverse("documents:download", args=[999_999, 1])):
        answer = client.get(url, headers=headers)
        assert answer.status_code == 404
        assert not {"ETag", "Content-Range", "Accept-Ranges"} & set(answer.headers)


@pytest.mark.parametrize("route", ["download", "content"])
def test_other_sites_are_refused(cast, route):
    found = version(cast)
    for user in ("boss", "outsider"):
        answer = client_of(cast[user]).get(url_of(found, route), headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
    if route == "download":
        for site in ("same-origin", "same-site", "none"):
            assert got(client_of(cast["boss"]), found, **{"sec-fetch-site": site}).status_code == 200


def test_content_that_is_not_there_is_said_in_a_sentence(cast):
    found = version(cast)
    store._path(found.key).unlink()
    answer = got(client_of(cast["boss"]), found)
    assert answer.status_code == 503
    assert "暂时无法读取" in answer.body.decode()


@pytest.mark.parametrize("scan", ["pending", "infected"])
@pytest.mark.parametrize("route", ["download", "content"])
def test_what_the_scanner_did_not_clear_goes_to_nobody(cast, scan, route):
    found = version(cast, scan=scan)
    for user in ("boss", "admin", "staff.mech"):
        answer = client_of(cast[user]).get(url_of(found, route))
        assert answer.status_code == 403
        assert CONTENT[:64] not in answer.content
    assert not LogEntry.objects.filter(verb__in=("download", "preview")).exists()


def test_downloads_are_logged_one_by_one(cast):
    client, found = client_of(cast["boss"]), version(cast)
    for headers in ({}, {}, {"range": "bytes=5-9"}):
        got(client, found, **headers)
    entries = LogEntry.objects.filter(verb="download", object_id=found.pk)
    assert [entry.actor for entry in entries] == [cast["boss"]] * 3
    assert {(entry.additional_data or {}).get("range") for entry in entries} == {None, "bytes=5-9"}


def test_for_reading_only_means_no_file_but_for_those_who_change_it(cast):
    found = version(cast)
    found.document.preview_only = True
    found.document.save()
    allowed = {"boss": 200, "pm": 200, "staff.mech": 200, "qc": 403, "service": 403, "outsider": 404}
    assert {name: got(client_of(cast[name]), found).status_code for name in allowed} == allowed
    assert got(client_of(cast["qc"]), found, "content").status_code == 403
    assert LogEntry.objects.filter(verb="download").count() == 3


def test_a_file_is_sent_in_blocks(cast):
    found = version(cast, bytes(3 * BLOCK + 5))
    answer = client_of(cast["boss"]).get(url_of(found))
    assert answer.streaming
    assert [len(block) for block in answer.streaming_content] == [BLOCK, BLOCK, BLOCK, 5]


def test_a_long_body_holds_no_database_connection(cast, monkeypatch):
    monkeypatch.setattr(serving, "LONG", 1000)
    client, found = client_of(cast["boss"]), version(cast)
    closed = []

    class Connections:
        """As Django's, of which one is idle; that of the test is inside its transaction."""

        @staticmethod
        def all(initialized_only=False):
            idle = SimpleNamespace(in_atomic_block=False, close=lambda: closed.append("idle"))
            busy = SimpleNamespace(in_atomic_block=True, close=lambda: closed.append("busy"))
            return [idle, busy]

    monkeypatch.setattr(serving, "connections", Connections)
    assert len(b"".join(client.get(url_of(found), headers={"range": "bytes=0-99"}).streaming_content)) == 100
    assert closed == []
    answer = client.get(url_of(found))
    assert closed == ["idle"]
    assert b"".join(answer.streaming_content) == CONTENT


def test_a_slice_is_all_that_a_server_can_reach():
    """Servers that send files themselves ask for the end and read on from where they are."""
    piece = Slice(io.BytesIO(CONTENT), 100, 50)
    assert piece.seek(0, io.SEEK_END) == 50
    assert piece.seek(-10, io.SEEK_CUR) == 40
    assert piece.read(1000) == CONTENT[140:150]
    assert piece.read(10) == b""
    assert (piece.seek(-5), piece.read()) == (0, CONTENT[100:150])
    piece.close()
    assert piece.closed
