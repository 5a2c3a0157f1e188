"""Papers made and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from acceptance.models import Acceptance
from acceptance.paper.codes import Code, Edition, code_for, instant, read_code
from acceptance.paper.facts import Facts, facts_of
from acceptance.paper.sheet import Seen, printed
from documents.models import Document
from erp.audit.services import record
from erp.roles import Role
from production.models import Task

if TYPE_CHECKING:
    from orgchart.models import User

PAPERS = Acceptance.objects.select_related("contract__company", "task", "department")


def edition_for(user: User) -> Edition:
    return Edition.CUSTOMER if user.role == Role.CUSTOMER else Edition.OFFICE


def make_paper(acceptance: Acceptance, user: User, *, until: datetime | None = None) -> tuple[Code, bytes]:
    """The paper of what stands recorded, for somebody who sees the acceptance, and its code. It names
    the documents and the rework this person reads; the code vouches for all. Noted in the log as a download.

    Raises notifications.papers.NoFont."""
    edition, until = edition_for(user), until or instant()
    facts = facts_of(acceptance, edition, until)
    code = code_for(edition, acceptance.pk, until, facts)
    made = printed(facts, code, _seen(facts, user))
    record("download", acceptance, code=str(code))
    return code, made


def _seen(facts: Facts, user: User) -> Seen:
    """Of the documents and rework on the paper, what `user` may be told by name."""
    documents = [row["key"] for row in facts["documents"]]
    defects = [row for round_ in facts["rounds"] for step in round_["steps"] for row in step["defects"]]
    tasks = [row["task"] for row in defects if row.get("task")]
    rows = ((Document, documents), (Task, tasks))
    found = [
        set(model.objects.for_user(user).filter(pk__in=pks).values_list("pk", flat=True))
        for model, pks in rows
    ]
    return Seen(*found)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code is worth today: whether the records still say what the paper of this code says."""

    code: Code
    acceptance: Acceptance
    facts: Facts
    agrees: bool


def check_code(text: str, user: User) -> Verdict | None:
    """Compare a paper with the records. None where the code is none, or its acceptance is not in sight
    of `user`: these two answer alike. Customers check customers' papers only."""
    code = read_code(text)
    if code is None or (edition_for(user) == Edition.CUSTOMER and code.edition != Edition.CUSTOMER):
        return None
    acceptance = PAPERS.for_user(user).filter(pk=code.acceptance).first()
    if acceptance is None:
        return None
    facts = facts_of(acceptance, code.edition, code.until)
    return Verdict(code, acceptance, facts, code.agrees(facts))
