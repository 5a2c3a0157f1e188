"""Reads that span documents: who may upload, who follows a document, what hangs on a thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from contracts.models import Contract, TeamMember
from documents.anchors import anchor_of
from documents.models import Document, DocumentLink, DocumentQuerySet, DocumentType
from erp.access import allowed
from erp.memory import recall
from erp.roles import Role
from orgchart.models import Department, Person

if TYPE_CHECKING:
    from orgchart.models import User


def may_upload(user: User, contract: Contract) -> bool:
    """Everybody of the office who sees the contract; whether it is read-only is another question."""
    return user.role != Role.CUSTOMER and allowed(user, "view", contract)


def document_types() -> list[DocumentType]:
    """Every type, in their order; read once per request."""
    return recall("documents.types", lambda: list(DocumentType.objects.all()))


def place_of(user: User, contract: Contract) -> Department | None:
    """The department for which `user` is in the team of the contract: the own one before others."""
    places = TeamMember.objects.filter(contract=contract, person__user=user).select_related("department")
    person = getattr(user, "person", None)
    own = person.department_id if person else None
    rows = sorted(places, key=lambda place: (place.department_id != own, place.pk))
    return rows[0].department if rows else None


def team_people(contract: Contract) -> Any:
    """The active people of a contract, manager included."""
    team = TeamMember.objects.filter(contract=contract).order_by().values("person")
    return Person.objects.active().filter(Q(pk__in=team) | Q(pk=contract.manager_id))


def team_departments(contract: Contract) -> Any:
    """The departments that have people in the team of a contract."""
    team = TeamMember.objects.filter(contract=contract).order_by().values("department")
    return Department.objects.filter(pk__in=team)


def hanging_on(row: Any, user: User) -> DocumentQuerySet:
    """The documents on a task or another thing, as far as `user` sees them."""
    kind = ContentType.objects.get_for_model(row)
    links = DocumentLink.objects.filter(target_type=kind, target_id=row.pk).order_by().values("document")
    return Document.objects.for_user(user).filter(pk__in=links)


def things_of(document: Document, user: User) -> list[tuple[DocumentLink, Any]]:
    """The links of a document with what they lead to, as far as `user` sees that."""
    links = list(document.links.select_related("target_type").order_by("pk"))
    found: dict[tuple[int, int], Any] = {}
    for kind in {link.target_type for link in links}:
        model: Any = kind.model_class()
        ids = [link.target_id for link in links if link.target_type_id == kind.pk]
        found |= {(kind.pk, row.pk): row for row in model.objects.for_user(user).filter(pk__in=ids)}
    pairs = ((link, found.get((link.target_type_id, link.target_id))) for link in links)
    return [(link, row) for link, row in pairs if row is not None]


def followers(document: Document) -> list[Person]:
    """Who hears of what happens to a document: its owner, whom it is shared with, and who works on the
    things it hangs on; of these, who reads it today."""
    shares = list(document.shares.order_by().values_list("person", "department"))
    places = TeamMember.objects.filter(
        contract=document.contract_id, department__in=[place for _person, place in shares if place]
    )
    named = Q(user=document.owner_id) | Q(pk__in=[person for person, _place in shares if person])
    people = set(Person.objects.filter(named | Q(memberships__in=places)).select_related("user"))
    for link in document.links.select_related("target_type"):
        if link.target is not None:
            people |= {person for person in anchor_of(link.target).people(link.target) if person}
    return readers(document, people)


def readers(document: Document, people: Any) -> list[Person]:
    """Those of `people` who have an account and read the document today."""
    return [person for person in people if person.user and allowed(person.user, "view", document)]
