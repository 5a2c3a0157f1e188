"""The pages of a bill of materials: paste or upload, correct the columns, look, confirm."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erp.models import ImportJob
from procurement import services
from procurement.models import BomMapping, ProcurementItem
from tests.contracts.test_query_counts import queries
from tests.procurement.test_bom_parsing import HEAD, ROW, csv_of, workbook

PASTED = "\n".join("\t".join(row) for row in (HEAD, ROW))


@pytest.fixture
def url(cast):
    return f"/contracts/{cast.own.pk}/procurement/bom/"


@pytest.fixture
def paste(url, sign_in):
    """Paste a list; returns the browser and the address of the look."""

    def paste(text=PASTED, who="buyer"):
        client = sign_in(who)
        response = client.post(url, {"cells": text})
        assert response.status_code == 302
        return client, response.url

    return paste


def digest(page):
    found = re.search(r'name="digest" value="(\w+)"', page.content.decode())
    return found[1] if found else ""


def test_pasted_cells_are_looked_at_and_written(cast, paste):
    client, look = paste()
    page = client.get(look)
    text = page.content.decode()
    for word in ("轴承座", "GZX-01-003", "Φ60", "1,280.5", "2026-03-02"):
        assert word in text
    assert not ProcurementItem.objects.exists()
    response = client.post(look, {"deed": "import", "digest": digest(page)})
    assert (response.status_code, response.url) == (302, f"/contracts/{cast.own.pk}/procurement/")
    assert ProcurementItem.objects.get().quantity == Decimal(4)
    assert client.get(look).status_code == 200
    again = client.post(look, {"deed": "import", "digest": digest(page)})
    assert again.status_code == 422
    assert ProcurementItem.objects.count() == 1


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_files_of_text_are_uploaded(url, sign_in, encoding):
    file = SimpleUploadedFile("清单.csv", csv_of([["设备清单"], HEAD, ROW], encoding))
    client = sign_in("buyer")
    response = client.post(url, {"file": file})
    assert "轴承座" in client.get(response.url).content.decode()


def test_workbooks_are_uploaded(url, sign_in):
    file = SimpleUploadedFile("清单.xlsx", workbook([HEAD, ROW]))
    client = sign_in("buyer")
    assert "轴承座" in client.get(client.post(url, {"file": file}).url).content.decode()


@pytest.mark.parametrize("values", [{}, {"cells": "  "}, {"cells": "x" * 2_000_001}, {"cells": "a\x00b"}])
def test_nothing_to_read_is_told(url, sign_in, values):
    assert sign_in("buyer").post(url, values).status_code == 422


def test_cells_and_file_together_are_refused(url, sign_in):
    file = SimpleUploadedFile("x.csv", b"a,b")
    assert sign_in("buyer").post(url, {"cells": PASTED, "file": file}).status_code == 422
    assert not ImportJob.objects.exists()


def test_an_unreadable_file_is_told_on_the_page_of_the_look(url, sign_in):
    client = sign_in("buyer")
    look = client.post(url, {"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04junk")}).url
    page = client.get(look)
    assert page.status_code == 200
    assert not digest(page)


def test_columns_are_corrected_and_remembered(cast, paste):
    client, look = paste("甲\t乙\n轴\t3\n")
    assert digest(client.get(look)) == ""
    department = cast.departments["mechanical"].pk
    columns = {"c0": "name", "c1": "quantity", "department": department, "sets": "2", "unit": "根"}
    assert client.post(look, {"deed": "map", **columns}).status_code == 302
    assert digest(client.get(look))
    assert BomMapping.objects.get().mapping == {"0": "name", "1": "quantity"}
    client, look = paste("甲\t乙\n键\t4\n")
    page = client.get(look)
    client.post(look, {"deed": "import", "digest": digest(page)})
    item = ProcurementItem.objects.get()
    assert (item.name, item.quantity, item.unit) == ("键", Decimal(4), "根")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sets", "0"), ("sets", "-1"), ("sets", "1.5"), ("sets", "9" * 30), ("sets", "NaN"),
        ("department", str(2**63)), ("department", "9" * 30), ("task", "9" * 30), ("task", "x"),
        ("unit", "x" * 21), ("unit", "a\x00"), ("c0", "price__x"), ("c1", "name"),
    ],
)  # fmt: skip
def test_wrong_choices_are_told_and_change_nothing(cast, paste, field, value):
    client, look = paste("名称\t数量\n轴\t3\n")
    before = ImportJob.objects.values().get()
    columns = {"c0": "name", "c1": "quantity", "department": cast.departments["mechanical"].pk, "sets": "1"}
    response = client.post(look, {"deed": "map", **columns, "unit": "根", field: value})
    assert response.status_code == 422
    assert ImportJob.objects.values().get() == before


def test_a_list_is_discarded(paste):
    client, look = paste()
    seen = digest(client.get(look))
    assert client.post(look, {"deed": "discard"}).status_code == 302
    assert client.post(look, {"deed": "import", "digest": seen}).status_code == 422
    assert not ProcurementItem.objects.exists()


def test_what_changed_since_the_look_asks_to_look_again(cast, paste, supplier):
    client, look = paste()
    client.post(look, {"deed": "import", "digest": digest(client.get(look))})
    client, look = paste(PASTED.replace("\t4\t", "\t9\t"))
    seen = digest(client.get(look))
    services.order_item(ProcurementItem.objects.get(), actor=cast["buyer"], supplier=supplier)
    response = client.post(look, {"deed": "import", "digest": seen})
    assert response.status_code == 422
    assert ProcurementItem.objects.get().quantity == Decimal(4)
    assert 'id="part-held"' in response.content.decode()


def test_what_the_list_no_longer_names_is_dropped_on_demand(paste):
    client, look = paste()
    client.post(look, {"deed": "import", "digest": digest(client.get(look))})
    client, look = paste(PASTED.replace("GZX-01-003", "GZX-01-004").replace("轴承座", "轴承盖"))
    page = client.get(look)
    assert 'name="drop"' in page.content.decode()
    client.post(look, {"deed": "import", "digest": digest(page), "drop": "on"})
    assert sorted(ProcurementItem.objects.values_list("name", "status")) == [
        ("轴承座", "cancelled"), ("轴承盖", "planned"),
    ]  # fmt: skip


def test_leaders_see_no_price_on_the_way(cast, paste, make_item):
    make_item(part_number="GZX-01-003", name="轴承座")
    ProcurementItem.objects.update(price=Decimal("7777.5"))
    client, look = paste(who="leader.mech")
    text = client.get(look).content.decode()
    assert "7777" not in text
    assert "1280" not in text.replace("¥1,280.5", "")  # the cell they pasted themselves stands as a sample


def test_the_look_of_somebody_else_does_not_exist(cast, paste, sign_in):
    _client, look = paste()
    for who in ("boss", "pm", "leader.mech"):
        assert sign_in(who).get(look).status_code == 404
    other = look.replace(f"/contracts/{cast.own.pk}/", f"/contracts/{cast.archived.pk}/")
    assert sign_in("buyer").get(other).status_code == 404


def test_a_longer_list_costs_no_more_queries(paste):
    client, short = paste()
    rows = "\n".join("\t".join([str(n), f"P-{n}", *ROW[2:]]) for n in range(60))
    _client, long = paste(PASTED + "\n" + rows)
    assert queries(client, long) == queries(client, short) <= 18


def test_large_numbers_are_written_as_everywhere(paste):
    client, look = paste(PASTED.replace("\t4\t", "\t1200\t"))
    assert "1,200 件" in client.get(look).content.decode()


def test_a_list_without_a_name_is_called_in_the_language_of_the_reader(paste, url):
    client, look = paste()
    for language, word in (("zh-hans", "粘贴的单元格"), ("en", "pasted cells")):
        client.cookies["django_language"] = language
        for page in (look, url):
            assert word in client.get(page).content.decode(), (language, page)


def test_writing_a_long_list_asks_once_what_the_rows_share(cast, paste):
    """A row costs its savepoint, itself, its history and its log entry; rights and receivers cost once."""

    def written(rows):
        lines = ("\t".join([str(n), f"P-{rows}-{n}", *ROW[2:]]) for n in range(rows))
        client, look = paste("\n".join(["\t".join(HEAD), *lines]))
        seen = digest(client.get(look))
        with CaptureQueriesContext(connection) as asked:
            assert client.post(look, {"deed": "import", "digest": seen, "drop": ""}).status_code == 302
        return len(asked)

    few, many = written(5), written(25)
    assert (many - few) / 20 <= 5
