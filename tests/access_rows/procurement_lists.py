"""Routes of what handles many purchases; the rows of bulk deeds are named in the query (test_bulk)."""

from __future__ import annotations

from typing import Any

from erp.models import ImportJob
from tests.access_rows import INSIDE, NOBODY, TASK_READERS, TOP, Row, contract_pk
from tests.access_rows.production import task_pk

#: Who requests for some department of the contract; the same people see some of its purchases.
REQUESTS = TOP | {"pm", "buyer", "leader.mech", "leader.elec", "leader.assembly"}
SEES_TASK = TASK_READERS | {"staff.mech"}


def job_pk(cast: Any, contract: Any) -> dict[str, Any]:
    """A list of the purchaser's between look and confirmation; of somebody gone in the foreign contract."""
    owner = cast["disabled"] if contract == cast.foreign else cast["buyer"]
    payload = {"rows": [["名称", "数量"], ["轴", "2"]], "at": 0, "mapping": {}, "file_notes": []}
    job = ImportJob.objects.create(
        kind=f"bom:{contract.pk}", owner=owner, file_name="清单.xlsx", payload=payload
    )
    return {"pk": contract.pk, "job": job.pk}


ROUTES: dict[str, Row] = {
    "procurement:bom": Row("contract", REQUESTS, INSIDE - REQUESTS, ("GET", "POST"), contract_pk),
    "procurement:bom_job": Row("contract", frozenset({"buyer"}), NOBODY, ("GET", "POST"), job_pk),
    "procurement:bulk_order": Row("site", methods=("GET", "POST")),
    "procurement:bulk_arrive": Row("site", methods=("GET", "POST")),
    "procurement:late": Row("site"),
    "procurement:tile_trend": Row("site"),
    "procurement:kits": Row("contract", REQUESTS, INSIDE - REQUESTS, ("GET",), contract_pk),
    "procurement:task_kit": Row("contract", SEES_TASK, NOBODY, ("GET",), task_pk()),
}
