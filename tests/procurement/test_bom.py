"""Bills of materials into a contract: looked at, confirmed, sent again without harm to what is ordered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from erp.models import ImportJob
from erp.workflow import Blocked
from procurement import services
from procurement.bom.reading import read_paste
from procurement.bom.services import (
    Choice,
    compared,
    departments_of,
    discard_bom,
    map_bom,
    open_bom,
    run_bom,
)
from procurement.models import BomMapping, ProcurementItem, Supplier
from production.interchange.jobs import jobs_of
from tests.production.conftest import make_task as _make_task

make_task = _make_task

HEAD = ["图号", "名称", "规格", "数量", "单位", "单价", "供应商", "需求日期"]
ROWS = [
    ["A1", "轴承座", "Φ60", "4", "件", "120.5", "洛阳轴承", "2026-05-01"],
    ["B1", "电机", "2.2kW", "2", "台", "980", "", ""],
    ["", "润滑脂", "2#", "1.5", "kg", "", "未知商行", ""],
]


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def look(cast):
    """Paste a list as somebody; returns the job."""

    def look(rows, who="buyer", contract=None):
        text = "\n".join("\t".join(row) for row in rows)
        contract = contract or cast.own
        return open_bom(contract, "清单", text.encode(), lambda: read_paste(text), actor=cast[who])

    return look


@pytest.fixture
def write(cast, look):
    """Paste a list and confirm it; returns what was counted."""

    def write(rows, who="buyer", drop=False, **choice):
        job = look(rows, who)
        if choice:
            mapping = {int(place): meaning for place, meaning in job.payload["mapping"].items()}
            choice.setdefault("department", cast.departments["mechanical"])
            choice.setdefault("unit", "件")
            job = map_bom(job, cast.own, Choice(mapping, **choice), actor=cast[who])
        assert job.problems == []
        found = compared(job, cast.own, actor=cast[who])
        return run_bom(job, cast.own, actor=cast[who], digest=found.digest, drop=drop)

    return write


def stored(**where):
    rows = ProcurementItem.objects.filter(**where).order_by("id")
    return [(i.part_number, i.name, i.quantity, i.status) for i in rows]


def order(cast, **where):
    item = ProcurementItem.objects.get(**where)
    supplier, _new = Supplier.objects.get_or_create(name="洛阳轴承")
    return services.order_item(item, actor=cast["buyer"], supplier=supplier)


def test_a_list_becomes_items_once_it_is_confirmed(cast, look):
    supplier = services.create_supplier(actor=cast["buyer"], name="洛阳轴承")
    job = look([["灌装线物料清单"], HEAD, *ROWS])
    assert job.problems == []
    assert not ProcurementItem.objects.exists()
    assert job.payload["notes"] == [
        "Unknown suppliers are left out; enter them first if you need them: 未知商行"
    ]
    found = compared(job, cast.own, actor=cast["buyer"])
    counts = run_bom(job, cast.own, actor=cast["buyer"], digest=found.digest)
    assert counts == {"added": 3, "changed": 0, "dropped": 0}
    first, motor, grease = ProcurementItem.objects.order_by("id")
    assert (first.part_number, first.name, first.specification) == ("A1", "轴承座", "Φ60")
    assert (first.quantity, first.unit, first.price) == (Decimal(4), "件", Decimal("120.5"))
    assert (first.supplier, first.need_by) == (supplier, date(2026, 5, 1))
    assert first.requested_by == cast.people["buyer"]
    assert (motor.price, motor.supplier, motor.need_by) == (Decimal(980), None, None)
    assert (grease.part_number, grease.price, grease.supplier) == ("", None, None)
    job.refresh_from_db()
    assert (job.state, job.payload["notes"] != []) == (ImportJob.State.DONE, True)


def test_a_job_is_written_once(cast, look):
    job = look([HEAD, *ROWS])
    digest = compared(job, cast.own, actor=cast["buyer"]).digest
    run_bom(job, cast.own, actor=cast["buyer"], digest=digest)
    with pytest.raises(Blocked, match="finished or was discarded"):
        run_bom(job, cast.own, actor=cast["buyer"], digest=digest)
    assert ProcurementItem.objects.count() == 3


def test_a_list_with_mistakes_is_not_written(cast, look):
    job = look(
        [HEAD, *ROWS, ["C1", "泵", "", "#REF!", "台", "", "", ""], ["D1", "阀", "", "1E+2", "", "", "", ""]]
    )
    assert [(p["row"], p["column"]) for p in job.problems] == [(5, "数量"), (6, "数量")]
    with pytest.raises(Blocked):
        run_bom(job, cast.own, actor=cast["buyer"], digest="")
    assert not ProcurementItem.objects.exists()


def test_what_cannot_be_read_is_told(cast):
    job = open_bom(cast.own, "x", b"", lambda: read_paste(""), actor=cast["buyer"])
    assert [p["text"] for p in job.problems] == ["The file is empty."]
    with pytest.raises(Blocked):
        run_bom(job, cast.own, actor=cast["buyer"], digest="")


def test_a_discarded_list_is_gone(cast, look):
    job = look([HEAD, *ROWS])
    digest = compared(job, cast.own, actor=cast["buyer"]).digest
    discard_bom(job, actor=cast["buyer"])
    with pytest.raises(Blocked):
        run_bom(job, cast.own, actor=cast["buyer"], digest=digest)


def test_a_job_belongs_to_whoever_opened_it(cast, look):
    look([HEAD, *ROWS])
    assert not jobs_of(cast["boss"], "bom", cast.own).exists()
    assert not jobs_of(cast["buyer"], "bom", cast.foreign).exists()


# --- sent again -------------------------------------------------------------------------------------


def test_the_same_list_again_changes_nothing(cast, look, write):
    write([HEAD, *ROWS])
    job = look([HEAD, *ROWS])
    found = compared(job, cast.own, actor=cast["buyer"])
    assert (found.anything, len(found.same), found.held) == (False, 3, [])
    assert "This very file was imported before." in job.payload["notes"]


def test_a_newer_list_changes_planned_items_and_drops_on_demand_only(cast, look, write):
    write([HEAD, *ROWS])
    newer = [
        ["a1", "轴承座", "Φ65", "6", "件", "", "", ""],
        ["C1", "联轴器", "", "1", "件", "", "", ""],
    ]
    found = compared(look([HEAD, *newer]), cast.own, actor=cast["buyer"])
    assert [line.name for line in found.new] == ["联轴器"]
    ((item, fields),) = [(c.item.name, c.fields) for c in found.changed]
    assert (item, fields) == ("轴承座", {"quantity": Decimal(6), "part_number": "a1", "specification": "Φ65"})
    assert [item.name for item in found.gone] == ["电机", "润滑脂"]
    assert write([HEAD, *newer]) == {"added": 1, "changed": 1, "dropped": 0}
    first = ProcurementItem.objects.get(name="轴承座")
    assert (first.quantity, first.specification, first.price) == (Decimal(6), "Φ65", Decimal("120.5"))
    assert stored(name="电机")[0][3] == "planned"
    assert write([HEAD, *newer], drop=True) == {"added": 0, "changed": 0, "dropped": 2}
    assert [row[3] for row in stored(name__in=["电机", "润滑脂"])] == ["cancelled", "cancelled"]


def test_what_is_ordered_is_never_changed_or_cancelled(cast, look, write):
    write([HEAD, *ROWS])
    order(cast, part_number="A1")
    order(cast, part_number="B1")
    before = list(ProcurementItem.objects.filter(status="ordered").order_by("id").values())
    newer = [
        ["A1", "轴承座", "Φ60", "9", "件", "1", "", "2026-01-01"],
        ["", "润滑脂", "2#", "1.5", "kg", "", "", ""],
    ]
    found = compared(look([HEAD, *newer]), cast.own, actor=cast["buyer"])
    assert (found.new, found.changed, found.gone) == ([], [], [])
    assert [(h.items[0].name, h.why) for h in found.held] == [
        ("轴承座", "the list says 9, ordered are 4"),
        ("电机", "the list does not name it any more"),
    ]
    write([HEAD, *newer], drop=True)
    assert list(ProcurementItem.objects.filter(status="ordered").order_by("id").values()) == before


def test_what_is_ordered_and_as_listed_is_left_in_peace(cast, look, write):
    write([HEAD, *ROWS])
    order(cast, part_number="A1")
    found = compared(look([HEAD, *ROWS]), cast.own, actor=cast["buyer"])
    assert (found.held, len(found.same)) == ([], 3)


def test_another_specification_of_what_is_ordered_is_a_matter_for_purchasing(cast, look, write):
    write([HEAD, *ROWS])
    order(cast, part_number="A1")
    found = compared(
        look([HEAD, ["A1", "轴承座", "Φ80", "4", "件", "", "", ""]]), cast.own, actor=cast["buyer"]
    )
    assert [h.why for h in found.held] == [
        "the list says “Φ80” now",
    ] + ["the list does not name it any more"] * 0


def test_more_of_an_ordered_part_goes_to_the_item_still_planned(cast, look, write):
    write([HEAD, *ROWS])
    order(cast, part_number="A1")
    services.create_item(
        cast.own, actor=cast["buyer"], department=cast.departments["procurement"], part_number="A1",
        name="轴承座", specification="Φ60", quantity=Decimal(1), unit="件",
    )  # fmt: skip
    seven = [["A1", "轴承座", "Φ60", "7", "件", "", "", ""]]
    found = compared(look([HEAD, *seven]), cast.own, actor=cast["buyer"])
    assert [c.fields for c in found.changed] == [{"quantity": Decimal(3)}]
    found = compared(
        look([HEAD, ["A1", "轴承座", "Φ60", "4", "件", "", "", ""]]), cast.own, actor=cast["buyer"]
    )
    assert [(item.part_number, item.quantity) for item in found.gone if item.part_number == "A1"] == [
        ("A1", 1)
    ]


def test_a_part_that_gets_its_number_later_is_known_by_its_name(cast, look, write):
    write([HEAD, ["", "润滑脂", "2#", "1.5", "kg", "", "", ""]])
    found = compared(
        look([HEAD, ["R-2", "润滑脂", "2#", "1.5", "kg", "", "", ""]]), cast.own, actor=cast["buyer"]
    )
    assert [c.fields for c in found.changed] == [{"part_number": "R-2"}]


def test_a_list_for_one_task_says_nothing_of_what_others_need(cast, look, write, make_task):
    task, other = (make_task(name=name) for name in ("机架", "电控"))
    write([HEAD, *ROWS], task=task)
    write([HEAD, ["E1", "接触器", "", "3", "件", "", "", ""]], task=other)
    services.create_item(
        cast.own, actor=cast["buyer"], department=cast.departments["mechanical"], name="标准件", unit="套",
        quantity=Decimal(1),
    )  # fmt: skip
    assert set(ProcurementItem.objects.filter(part_number="E1").values_list("task", flat=True)) == {other.pk}
    job = look(
        [HEAD, ["A1", "轴承座", "Φ60", "4", "件", "", "", ""], ["E1", "接触器", "", "1", "件", "", "", ""]]
    )
    mapping = {int(place): meaning for place, meaning in job.payload["mapping"].items()}
    choice = Choice(mapping, cast.departments["mechanical"], task, 1, "件")
    found = compared(map_bom(job, cast.own, choice, actor=cast["buyer"]), cast.own, actor=cast["buyer"])
    assert [line.part_number for line in found.new] == ["E1"]
    assert [item.name for item in found.gone] == ["电机", "润滑脂"]


def test_what_was_cancelled_comes_anew(cast, look, write):
    write([HEAD, *ROWS])
    services.cancel_item(ProcurementItem.objects.get(part_number="A1"), actor=cast["buyer"], reason="改型")
    assert len(compared(look([HEAD, *ROWS]), cast.own, actor=cast["buyer"]).new) == 1


def test_what_changed_since_the_look_stops_the_import(cast, look, write):
    write([HEAD, *ROWS])
    job = look([HEAD, ["A1", "轴承座", "Φ60", "9", "件", "", "", ""]])
    digest = compared(job, cast.own, actor=cast["buyer"]).digest
    order(cast, part_number="A1")
    with pytest.raises(Blocked, match="look again"):
        run_bom(job, cast.own, actor=cast["buyer"], digest=digest)
    assert stored(part_number="A1")[0][2] == Decimal(4)


# --- who ---------------------------------------------------------------------------------------------


def test_leaders_list_for_their_own_department_without_prices(cast, look, write):
    services.create_supplier(actor=cast["buyer"], name="洛阳轴承")
    assert departments_of(cast["leader.mech"], cast.own) == [cast.departments["mechanical"]]
    job = look([HEAD, *ROWS], "leader.mech")
    assert job.payload["notes"] == [
        "The column of prices is not read: you may not enter purchase prices here.",
        "The column of suppliers is not read: purchasing chooses them.",
    ]
    write([HEAD, *ROWS], "leader.mech")
    rows = ProcurementItem.objects.order_by().values_list("price", "supplier", "department__name").distinct()
    assert list(rows) == [(None, None, "机械部")]
    with pytest.raises(PermissionDenied):
        map_bom(job, cast.own, Choice({}, cast.departments["electrical"]), actor=cast["leader.mech"])


@pytest.mark.parametrize("who", ["staff.mech", "sales", "qc", "outsider", "ex-member", "customer.a"])
def test_whoever_requests_nothing_lists_nothing(cast, look, who):
    with pytest.raises(PermissionDenied):
        look([HEAD, *ROWS], who)


def test_a_right_lost_since_the_look_stops_the_import(cast, look):
    job = look([HEAD, *ROWS], "leader.mech")
    digest = compared(job, cast.own, actor=cast["leader.mech"]).digest
    cast.own.team.filter(person=cast.people["leader.mech"]).delete()
    with pytest.raises(PermissionDenied):
        run_bom(job, cast.own, actor=cast["leader.mech"], digest=digest)


def test_an_archived_contract_takes_no_list(cast, look):
    job = look([HEAD, *ROWS], "boss", cast.archived)
    assert job.problems[0]["text"]
    with pytest.raises(Blocked):
        run_bom(job, cast.archived, actor=cast["boss"], digest="")


# --- what is remembered ------------------------------------------------------------------------------


def test_columns_are_remembered_for_the_person_and_offered_to_others(cast, look):
    strange = [["甲", "乙", "丙"], ["轴", "3", "根"]]
    job = look(strange)
    assert job.payload["mapping"] == {}
    assert "choose the column of the quantity" in [p["text"] for p in job.problems]
    choice = Choice({0: "name", 1: "quantity", 2: "unit"}, cast.departments["mechanical"], unit="根")
    job = map_bom(job, cast.own, choice, actor=cast["buyer"])
    assert job.problems == []
    assert look(strange).payload["mapping"] == {"0": "name", "1": "quantity", "2": "unit"}
    assert look(strange, "boss").payload["mapping"] == {"0": "name", "1": "quantity", "2": "unit"}
    boss = Choice({0: "name", 1: "quantity"}, cast.departments["mechanical"], unit="件")
    map_bom(look(strange, "boss"), cast.own, boss, actor=cast["boss"])
    assert look(strange).payload["mapping"] == {"0": "name", "1": "quantity", "2": "unit"}
    assert BomMapping.objects.count() == 2


def test_quantities_are_for_so_many_machines(cast, write):
    write([HEAD, *ROWS], sets=3)
    assert [row[2] for row in stored()] == [Decimal(12), Decimal(6), Decimal("4.5")]
