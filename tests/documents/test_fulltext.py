"""What is written in documents is found by whoever may read them, and by nobody else."""

from __future__ import annotations

import io
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from documents import fulltext
from documents.fulltext_models import DocumentText, Errand, Posting
from documents.models import Document
from documents.search import find
from documents.services import remove_document, restore_document
from documents.services.indexing import index_text, rebuild_index, work_off_texts
from documents.words import grams, readable
from tests.documents.helpers import PDF, again, put, row
from tests.documents.helpers import docx as no_docx  # what looks like one and cannot be read
from tests.erp.pages import get

SENTENCE = "主轴轴承采用SKF 7014CD，退火后进行磁粉探伤。"


def docx(text):
    from docx import Document as Word

    word, stream = Word(), io.BytesIO()
    word.add_paragraph("前言")
    word.add_table(1, 1).cell(0, 0).text = text
    word.save(stream)
    return stream.getvalue()


def xlsx(text):
    from openpyxl import Workbook

    book, stream = Workbook(), io.BytesIO()
    book.active["B7"] = text
    book.save(stream)
    return stream.getvalue()


def pptx(text):
    from pptx import Presentation

    show, stream = Presentation(), io.BytesIO()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = text
    show.save(stream)
    return stream.getvalue()


def pdf(text):
    import typst

    return typst.compile(f'#set text(font: "Noto Sans CJK SC")\n{text}'.encode(), format="pdf")


MADE = {
    "txt": lambda text: text.encode(),
    "csv": lambda text: f"部件,说明\n轴,{text}\n".encode("gb18030"),
    "docx": docx,
    "xlsx": xlsx,
    "pptx": pptx,
    "pdf": pdf,
}


def said(document, text):
    """Put `text` into the index as what the current version says."""
    index_text(document.current, text)
    return document


def titles(user, query, limit=9):
    return [hit.title for hit in find(user, query, limit)]


@pytest.mark.parametrize("extension", MADE)
def test_text_of_every_kind_is_read_and_found(cast, client, extension):
    document = put(
        cast.own, cast["pm"], name=f"甲.{extension}", content=MADE[extension](SENTENCE), title="甲"
    )
    assert titles(cast["pm"], "磁粉探伤") == []
    assert work_off_texts() == 1
    for query in ("磁粉探伤", "skf 7014", "7014cd", "退火 轴承"):
        assert titles(cast["pm"], query) == ["甲"], query
    assert titles(cast["pm"], "超声探伤") == []
    (hit,) = find(cast["pm"], "磁粉", 9)
    assert hit.quote[1] == "磁粉"
    page = get(client, cast["pm"], "/search/", q="磁粉探伤").content.decode()
    assert "<mark>磁粉探伤</mark>" in page
    listed = get(client, cast["pm"], f"/contracts/{cast.own.pk}/documents/", q="磁粉探伤").content.decode()
    assert f"/documents/{document.pk}/" in listed
    assert "<mark>磁粉探伤</mark>" in listed


@pytest.mark.parametrize(
    ("who", "seen"),
    [("boss", True), ("pm", True), ("staff.mech", True), ("leader.mech", True), ("staff.elec", False),
     ("sales", False), ("outsider", False), ("ex-member", False), ("disabled", False), ("customer.a", False),
     ("customer.b", False)],
)  # fmt: skip
def test_only_what_one_may_read_is_found(cast, who, seen):
    said(put(cast.own, cast["staff.mech"], title="退火工艺"), SENTENCE)
    said(put(cast.foreign, cast["boss"], title="别人的"), SENTENCE)
    found = titles(cast[who], "磁粉探伤")
    assert ("退火工艺" in found) is seen
    assert ("别人的" in found) is (who == "boss")


def test_customers_find_no_texts_even_of_what_was_released_to_them(cast):
    document = said(put(cast.own, cast["pm"]), SENTENCE)
    Document.objects.filter(pk=document.pk).update(published=document.current)
    assert find(cast["customer.a"], "磁粉探伤", 9) == []


def test_only_the_current_version_counts(cast):
    document = put(cast.own, cast["pm"], name="a.txt", content=SENTENCE.encode(), title="甲")
    work_off_texts()
    again(document, cast["pm"], content="改为超声波检验".encode())
    assert titles(cast["pm"], "磁粉探伤") == []  # at once, before the new text is read
    work_off_texts()
    assert titles(cast["pm"], "磁粉探伤") == []
    assert titles(cast["pm"], "超声波检验") == ["甲"]
    start = fulltext.code("磁粉", fulltext.GRAM_BITS) << fulltext.BLOCK_BITS
    assert not Posting.objects.filter(pk__gte=start, pk__lt=start + 2**20).exists()


def test_an_errand_for_a_version_that_is_not_current_any_more_is_done_by_doing_nothing(cast):
    document = put(cast.own, cast["pm"], name="a.txt", content=SENTENCE.encode())
    again(document, cast["pm"], content="新".encode())
    assert work_off_texts() == 2
    assert not Errand.objects.exists()


def test_what_goes_to_the_bin_vanishes_at_once_and_comes_back(cast, client):
    document = said(put(cast.own, cast["pm"], title="甲"), SENTENCE)
    document = remove_document(document, actor=cast["pm"])
    assert titles(cast["boss"], "磁粉探伤") == []
    url = f"/contracts/{cast.own.pk}/documents/"
    assert "磁粉探伤</mark>" not in get(client, cast["pm"], url, q="磁粉探伤").content.decode()
    assert "磁粉探伤</mark>" in get(client, cast["pm"], url, q="磁粉探伤", bin="1").content.decode()
    restore_document(document, actor=cast["pm"])
    assert titles(cast["boss"], "磁粉探伤") == ["甲"]


def test_a_text_that_breaks_the_reader_is_tried_again_and_then_given_up(cast, monkeypatch):
    from datetime import timedelta

    import time_machine
    from django.utils import timezone

    from documents.conversion.errors import Broken

    calls = []

    def broken(*args):
        calls.append(args)
        raise Broken("killed")

    monkeypatch.setattr("documents.services.indexing.extract_text", broken)
    put(cast.own, cast["pm"], name="a.txt", content=b"abc", title="a")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _round in range(6):
            work_off_texts()
            clock.shift(timedelta(hours=1))
    assert len(calls) == 3
    assert not Errand.objects.exists()


def test_damaged_files_are_found_by_name_only_and_hold_up_nobody(cast):
    put(cast.own, cast["pm"], name="坏的.docx", content=no_docx(SENTENCE), title="坏的")
    put(cast.own, cast["pm"], name="坏的.pdf", content=PDF + SENTENCE.encode(), title="坏的也是")
    put(cast.own, cast["pm"], name="b.txt", content=SENTENCE.encode(), title="好的")
    assert work_off_texts() == 3
    assert titles(cast["pm"], "磁粉探伤") == ["好的"]
    assert titles(cast["pm"], "坏的") == ["坏的也是", "坏的"]


def test_the_index_is_exact_after_any_changes(cast):
    chance = random.Random(11)
    letters = "退火磁粉探伤轴承abc12 "
    documents = [row(cast.own, cast["pm"], title=str(n)) for n in range(12)]
    for _round in range(60):
        document = chance.choice(documents)
        said(document, "".join(chance.choices(letters, k=chance.randint(0, 30))))
    texts = {t.document_id: fulltext.expand(t.content) for t in DocumentText.objects.all()}
    every = set().union(*map(grams, texts.values()))
    for gram in every | {"没有"}:
        wanted = {pk for pk, text in texts.items() if gram in grams(text)}
        bits = fulltext.postings(gram)
        assert {b * fulltext.BLOCK + p for b, v in bits.items() for p in fulltext.places(v)} == wanted, gram
    assert Posting.objects.count() == len(
        {
            fulltext.code(g, fulltext.GRAM_BITS) << 20 | pk // fulltext.BLOCK
            for pk, t in texts.items()
            for g in grams(t)
        }
    )


@pytest.mark.parametrize("few", [0, 500])
def test_found_is_what_reading_everything_finds(cast, monkeypatch, few):
    """Against the plain way: read every text. With few and with many candidates."""
    monkeypatch.setattr(fulltext, "FEW", few)
    monkeypatch.setattr(fulltext, "AT_ONCE", 3)
    chance = random.Random(7)
    words = ["退火", "磁粉", "探伤", "轴承", "pump", "7014cd", "底座", "焊接", "阀"]
    texts = {}
    for number in range(40):
        document = row(cast.own, cast["pm"], title=f"t{number}")
        text = "，".join(chance.choices(words, k=6))
        texts[document.pk] = readable(text)
        said(document, text)
    rows = Document.objects.for_user(cast["pm"])
    for query in ("退火", "磁粉 pump", "探伤，轴承", "ump", "7014", "底座 焊接 退火", "阀", "退火，磁粉"):
        asked = query.split()
        plain = [pk for pk in sorted(texts, reverse=True) if all(w in texts[pk] for w in asked)]
        found = [m.document for m in fulltext.matches(rows, query, 100)]
        assert found == (plain if query != "阀" else []), query
        assert [m.document for m in fulltext.matches(rows, query, 2)] == found[:2]


def test_grams_that_share_a_number_are_told_apart_by_reading(cast, monkeypatch):
    monkeypatch.setattr(fulltext, "code", lambda gram, bits: len(gram))
    monkeypatch.setattr("documents.services.indexing.code", lambda gram, bits: len(gram))
    said(put(cast.own, cast["pm"], title="甲"), "退火工艺")
    assert titles(cast["pm"], "退火") == ["甲"]
    assert titles(cast["pm"], "磁粉") == []


def test_searching_asks_the_same_number_of_questions_for_one_and_for_many(cast):
    counts = []
    for _round in (1, 2):
        for n in range(4):
            said(row(cast.own, cast["pm"], title=f"t{n}"), SENTENCE)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert find(cast["staff.mech"], "磁粉探伤", 9) == [] or True
            find(cast["pm"], "磁粉探伤", 9)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 16


def test_packing():
    chance = random.Random(3)
    for size in (0, 1, 7, 255, 256, 257, 4000, fulltext.BLOCK):
        bits = sum(1 << place for place in chance.sample(range(fulltext.BLOCK), size))
        assert fulltext.unpack(fulltext.pack(bits)) == bits
        assert len(fulltext.pack(bits)) <= fulltext.BLOCK // 8


def test_rebuilding_reads_everything_that_may_be_read_again(cast):
    document = put(cast.own, cast["pm"], name="a.txt", content=SENTENCE.encode(), title="甲")
    work_off_texts()
    DocumentText.objects.all().delete()
    Posting.objects.all().delete()
    Document.objects.get(pk=document.pk)
    assert rebuild_index() == 1
    assert work_off_texts() == 1
    assert titles(cast["pm"], "磁粉探伤") == ["甲"]
