"""The whole contract as a zip, for boss and administrator."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import get_language

from contracts import services
from contracts.exporting import stream
from contracts.exporting.workbook import sheets
from contracts.frame import frame
from contracts.views.pages import contract_for, form_methods
from erp.htmx import Request
from erp.roles import REACH_ALL


@form_methods
def export(request: Request, pk: int) -> HttpResponseBase:
    """Says on GET what the zip holds; POST sends it while it is being made."""
    contract = contract_for(request, pk)
    if request.user.role not in REACH_ALL:
        raise PermissionDenied
    if request.method != "POST":
        context = {"sheets": [sheet.title for sheet in sheets()]}
        return frame(request, contract, "", "contracts/export.html", context, fragment="form")
    bundle = services.export_contract(contract, actor=request.user, to="zip")
    answer = StreamingHttpResponse(
        stream(bundle, get_language() or "zh-hans"), content_type="application/zip"
    )
    name = f"{bundle.told.folder}.zip"
    answer.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer.headers["Content-Encoding"] = "identity"  # packed already: the middleware lets it be
    return answer
