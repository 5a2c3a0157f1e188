"""Routes of documents. Each is 小张's, of the mechanical department, technical unless said otherwise: read
by the leaders, his department, quality, procurement and service, not by sales."""

from __future__ import annotations

from typing import Any

from production.models import Task
from tests.access_rows import INSIDE, NOBODY, TOP, Row, contract_pk
from tests.access_rows.production import SEES as SEES_TASK
from tests.access_rows.production import task_pk
from tests.documents.helpers import link_row, picture_row, row, share_row

READS = INSIDE - {"sales"}
CHANGES = TOP | {"pm", "leader.mech", "staff.mech"}
RELEASES = TOP | {"pm", "leader.mech"}
WHOLE = TOP | {"pm"}
CUSTOMER = frozenset({"customer.a"})


def document(cast: Any, contract: Any, **fields: Any) -> Any:
    own = contract != cast.foreign
    department = cast.departments["mechanical"]
    return row(contract, cast["staff.mech" if own else "boss"], department=department, **fields)


def document_pk(**fields: Any) -> Any:
    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        return {"pk": document(cast, contract, **fields).pk}

    return kwargs


def deleted_pk(cast: Any, contract: Any) -> dict[str, Any]:
    found = document(cast, contract)
    found.deleted_at, found.deleted_by = found.created, found.owner
    found.save()
    return {"pk": found.pk}


def version_of(name: str = "n", **fields: Any) -> Any:
    """The first version; `name` is what the route calls its number."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        return {"pk": document(cast, contract, **fields).pk, name: 1}

    return kwargs


def published(name: str = "number", **more: Any) -> Any:
    """The version that the customer sees."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        found = document(cast, contract)
        found.published = found.current
        found.save()
        return {"pk": found.pk, name: 1, **more}

    return kwargs


def seen_pk(**more: Any) -> Any:
    """A picture with its preview ready; in the foreign contract nothing is published."""

    def kwargs(cast: Any, contract: Any) -> dict[str, Any]:
        found = document(cast, contract)
        found.published = found.current if contract != cast.foreign else None
        found.save()
        picture_row(found.current)
        return {"pk": found.pk, "number": 1, **more}

    return kwargs


def share_pk(cast: Any, contract: Any) -> dict[str, Any]:
    found = document(cast, contract)
    return {"pk": found.pk, "share": share_row(found, cast.people["sales"]).pk}


def link_pk(cast: Any, contract: Any) -> dict[str, Any]:
    found = document(cast, contract)
    thing = Task.objects.get(**task_pk("not_started")(cast, contract))
    return {"pk": found.pk, "link": link_row(found, thing).pk}


def thing(cast: Any, contract: Any) -> dict[str, Any]:
    return {**task_pk("not_started")(cast, contract), "label": "production.task"}


def deed(may: frozenset[str], kwargs: Any, *methods: str, **more: Any) -> Row:
    return Row("contract", may, READS - may, methods or ("POST",), kwargs, **more)


ROUTES: dict[str, Row] = {
    "documents:documents": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "documents:upload": Row("contract", INSIDE, NOBODY, ("GET", "POST"), contract_pk),
    "documents:panel": Row("contract", INSIDE, NOBODY, ("GET",), contract_pk),
    "documents:portal_panel": Row("portal", CUSTOMER, NOBODY, ("GET",), contract_pk),
    "documents:anchored": Row("contract", SEES_TASK, NOBODY, ("GET",), thing),
    "documents:document": Row("contract", READS, NOBODY, ("GET",), document_pk()),
    "documents:version": deed(CHANGES, document_pk(), "GET", "POST"),
    "documents:edit": deed(CHANGES, document_pk(), "GET", "POST"),
    "documents:checkout": deed(CHANGES, document_pk()),
    "documents:checkin": deed(CHANGES, document_pk()),
    "documents:remove": deed(CHANGES, document_pk()),
    "documents:restore": Row("contract", CHANGES, NOBODY, ("POST",), deleted_pk),
    "documents:restore_version": deed(CHANGES, version_of(versions=2)),
    "documents:share": deed(CHANGES, document_pk(), "GET", "POST"),
    "documents:unshare": Row("contract", CHANGES, READS - CHANGES | {"sales"}, ("POST",), share_pk),
    "documents:unlink": deed(CHANGES, link_pk),
    "documents:publish": deed(WHOLE, document_pk(), data={"n": "1"}),
    "documents:unpublish": deed(WHOLE, document_pk()),
    "documents:release": deed(RELEASES, version_of(type="drawing")),
    "documents:preview": Row("contract", READS | CUSTOMER, NOBODY, ("GET",), seen_pk()),
    "documents:preview_retry": deed(CHANGES, version_of("number")),
    "documents:compare": Row("contract", READS, NOBODY, ("GET",), version_of("number")),
    "documents:content": Row("contract", READS | CUSTOMER, NOBODY, ("GET",), seen_pk()),
    "documents:page": Row("contract", READS | CUSTOMER, NOBODY, ("GET",), seen_pk(page=1)),
    "documents:download": Row("contract", READS | CUSTOMER, NOBODY, ("GET",), seen_pk()),
}
