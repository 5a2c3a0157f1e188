"""Words that stand only in documents somebody may not see are on no page of theirs, wherever one looks."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from documents import services, store
from documents.models import Document, Preview
from documents.services.indexing import work_off_texts
from documents.services.previews import request_preview
from documents.states import State
from documents.tasks import convert_preview
from erp.models import LogEntry
from notifications.models import Message
from tests.access_rows import CUSTOMERS, OFFICE, every_row
from tests.documents.helpers import again, put
from tests.documents.test_fulltext import MADE

ROWS = every_row()
PEOPLE = sorted(OFFICE | CUSTOMERS)
#: What a secret is written in. Each word is asked for by its beginning, which the page may repeat.
WORDS = {"title": "秘题", "file": "秘名", "note": "秘注", "content": "秘文"}
#: What a customer meets of a document that was released to them: its title stands on their page as well.
PUBLISHED = (WORDS["file"], WORDS["content"])
#: Secret → who may know of it.
KNOWN = {
    "foreign": {"boss", "admin", "customer.b"},
    "hidden": {"boss", "admin", "pm", "sales"},
    "binned": {"boss", "admin", "pm"},
}
ENDINGS = {"foreign": "甲七", "hidden": "乙八", "binned": "丙九"}


def marks(secret):
    return {name: word + ENDINGS[secret] for name, word in WORDS.items()}


def make(contract, actor, secret, extension, **more):
    """A document of two versions whose words stand nowhere else, read into the index, with its preview."""
    said = marks(secret)
    text = f"{said['content']} 说明"
    made = [MADE[extension](f"{text} {number}") for number in (1, 2)]
    name = f"{said['file']}.{extension}"
    document = put(contract, actor, name=name, content=made[0], title=said["title"], **more)
    version = again(document, actor, content=made[1], note=said["note"])
    work_off_texts()
    preview = request_preview(version)
    convert_preview(preview.pk)
    preview.refresh_from_db()
    assert preview.state == State.READY
    return Document.objects.get(pk=document.pk)


@pytest.fixture
def secrets(cast):
    foreign = make(cast.foreign, cast["boss"], "foreign", "txt")
    services.publish_version(foreign.current, actor=cast["boss"])
    hidden = make(cast.own, cast["sales"], "hidden", "pdf", type="contract")
    binned = make(cast.own, cast["pm"], "binned", "pdf", type="contract")
    services.remove_document(binned, actor=cast["pm"])
    return {"foreign": foreign, "hidden": hidden, "binned": binned}


def addresses(cast, secrets):
    """(address, arguments) of everything one can ask for: every page there is, of `cast.own` where it
    hangs on a contract, searched and narrowed; then what belongs to the secrets, straight."""
    found: list[tuple[str, dict[str, Any]]] = []
    for route, row in ROWS.items():
        if "GET" in row.methods and row.scope != "public":
            url = reverse(route, kwargs=row.kwargs(cast, cast.own))
            found.append((url, row.get))
            if row.kwargs.__name__ in ("no_kwargs", "contract_pk"):
                found += [(url, {**row.get, "q": WORDS[name]}) for name in ("title", "content")]
    tab = reverse("documents:documents", args=[cast.own.pk])
    found += [
        (tab, {"bin": "1"}),
        (tab, {"bin": "1", "q": WORDS["content"]}),
        (tab, {"state": "published"}),
        (tab, {"sort": "-size"}),
    ]
    found += [(reverse("documents:documents", args=[cast.foreign.pk]), {})]
    for document in secrets.values():
        base = document.get_absolute_url()
        deeper = ("", "version/", "edit/", "share/", "v/1/preview/", "v/2/preview/", "v/2/content/",
                  "v/2/page/1/", "v/1/download/", "v/2/download/", "v/2/compare/?with=1")  # fmt: skip
        found += [(base + rest, {}) for rest in deeper]
        found.append((reverse("audit"), {"object": str(document.pk), "q": WORDS["title"]}))
    return found


def said(response):
    """All that an answer tells: its text, what is packed into it, and its headers."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(archive.read(name) for name in archive.namelist())
    text = body.decode("utf-8", "replace").replace("<mark>", "").replace("</mark>", "")
    return text + str(dict(response.headers))


@pytest.mark.parametrize("people", [PEOPLE[start::4] for start in range(4)], ids="abcd")
def test_no_page_knows_words_of_documents_one_does_not_see(cast, secrets, people):
    asked = addresses(cast, secrets)
    for who in people:
        known = {w for secret, may in KNOWN.items() if who in may for w in marks(secret).values()}
        unknown = {w for secret in KNOWN for w in marks(secret).values()} - known
        leaks, met = walk(cast[who], asked, known, unknown)
        assert leaks == [], who
        wanted = known if who != "customer.b" else {w for w in known if w.startswith(tuple(PUBLISHED))}
        assert wanted - met == set(), f"{who} finds what is theirs: the walk looks where it would be"


def walk(user, asked, known, unknown):
    """(where a word of `unknown` stands, which of `known` were met) on everything one can ask for."""
    client = Client(raise_request_exception=True)
    client.force_login(user)
    leaks, met = [], set()
    for url, query in asked:
        with transaction.atomic():
            response = client.get(url, query)
            transaction.set_rollback(True)
        text = said(response)
        leaks += [f"{word} on {url} {query}" for word in unknown if word in text]
        met |= {word for word in known if word in text}
    return leaks, met


def test_nobody_is_told_of_what_one_does_not_see(cast, secrets):
    for secret, people in KNOWN.items():
        for message in Message.objects.select_related("recipient"):
            if any(word in str(message.params) for word in marks(secret).values()):
                assert message.recipient.username in people


def test_the_log_names_secrets_only_where_their_readers_look(cast, secrets):
    entries = LogEntry.objects.all()
    words = [word for secret in KNOWN for word in marks(secret).values()]
    named = [
        e for e in entries if any(w in f"{e.object_repr} {e.changes} {e.additional_data}" for w in words)
    ]
    assert named
    lost = [(e.verb, str(e.content_type)) for e in named if not e.contract_id]
    assert lost == []


def test_equal_content_in_two_contracts_is_rendered_twice_and_tells_nothing(cast):
    content = "同样的内容\n".encode()
    one = put(cast.foreign, cast["boss"], name="a.txt", content=content)
    first = request_preview(one.current)
    convert_preview(first.pk)
    first.refresh_from_db()
    assert first.state == State.READY
    two = put(cast.own, cast["staff.mech"], name="b.txt", content=content)
    second = request_preview(two.current)
    assert second.pk != first.pk
    assert second.state == State.QUEUED  # although the same was made for the other contract already
    convert_preview(second.pk)
    second.refresh_from_db()
    assert Preview.objects.filter(sha256=one.current.sha256).count() == 2
    folders = {store.contract_folder(c) for c in (cast.own, cast.foreign)}
    assert {"/".join(p.result.split("/")[:2]) for p in (first, second)} == folders
    assert one.current.key != two.current.key
