"""Exports hold exactly what the filtered list holds, and are logged."""

import csv
import io

import openpyxl
import pytest

from contracts.models import Contract
from erp.models import LogEntry
from tests.cast import make_contract


def as_csv(client, query=""):
    response = client.get(f"/contracts/?export=csv&{query}")
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def as_xlsx(client, query=""):
    response = client.get(f"/contracts/?export=xlsx&{query}")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


@pytest.mark.parametrize("read", [as_csv, as_xlsx])
def test_contract_export_is_the_filtered_view(cast, boss, read):
    make_contract(cast, number="HT-2", company="b")
    rows = read(boss, "q=ht&sort=number")
    assert [row[0] for row in rows[1:]] == ["HT-2", "HT-FOREIGN-1", "HT-OWN-1"]
    assert [row[0] for row in read(boss, f"company={cast.own.company_id}")[1:]] == ["HT-OWN-1"]
    assert len(read(boss, "archived=all")) == 5


@pytest.mark.parametrize("read", [as_csv, as_xlsx])
def test_contract_export_leaves_amounts_to_their_readers(cast, boss, sign_in, read):
    Contract.objects.update(deal_amount="8888.50", quote_amount="9999.50")
    make_contract(cast, number="HT-2", team={"sales": "member"})
    assert any("8888.5" in str(row) for row in read(boss))
    mine = {row[0]: row for row in read(sign_in("sales"))[1:]}
    assert "8888.5" in str(mine["HT-OWN-1"])
    for who in ("pm", "leader.mech", "staff.mech"):
        rows = read(sign_in(who))
        assert len(rows[0]) == 14
        assert "8888" not in str(rows)
        assert "9999" not in str(rows)


def test_contract_export_leaves_foreign_amounts_out(cast, sign_in):
    """Sales reads amounts where they are in the team, not where they only manage."""
    Contract.objects.update(deal_amount="8888.50")
    managed = make_contract(cast, number="HT-2", manager="sales", team={}, deal_amount="7777.00")
    rows = {row[0]: row for row in as_csv(sign_in("sales"))[1:]}
    assert "8888.50" in rows["HT-OWN-1"]
    assert rows[managed.number][-3:] == ["", "", ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"])
def test_contract_export_starts_no_formula(cast, boss, name):
    Contract.objects.filter(pk=cast.own.pk).update(name=name)
    assert as_csv(boss, "q=own")[1][2] == f"'{name}"
    response = boss.get("/contracts/?export=xlsx&q=own")
    cell = openpyxl.load_workbook(io.BytesIO(response.content)).active.cell(2, 3)
    assert cell.data_type == "s"


def test_contract_export_is_logged(cast, sign_in):
    sign_in("sales").get("/contracts/?export=csv&q=own")
    entry = LogEntry.objects.filter(verb="export").latest("pk")
    assert entry.actor == cast["sales"]
    assert entry.additional_data == {"rows": 1, "format": "csv", "filters": {"q": "own"}}
