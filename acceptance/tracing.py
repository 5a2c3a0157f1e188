"""What acceptance knows of why tasks ended late: rejected work, and waiting for a decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from acceptance.models import Acceptance, AcceptanceRound
from acceptance.states import Scope, State
from production.outlook import Delay

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User

REJECTED, WAITED = gettext_lazy("Rejected at acceptance"), gettext_lazy("Waited for acceptance")


def delays(contract: Contract, user: User) -> Iterator[Delay]:
    """Of every task that was submitted: it could not end before it passed, or before today. What was
    rejected is told as that, everything else as waiting."""
    rows = Acceptance.objects.for_user(user).filter(contract=contract, scope=Scope.TASK)
    rows = rows.exclude(state=State.WITHDRAWN)
    rounds = AcceptanceRound.objects.filter(acceptance__in=rows.order_by().values("pk"))
    rounds = rounds.exclude(result=State.WITHDRAWN).select_related("acceptance")
    by_acceptance: dict[int, list[AcceptanceRound]] = {}
    for round_ in rounds.order_by("acceptance_id", "number"):
        by_acceptance.setdefault(round_.acceptance_id, []).append(round_)
    for own in by_acceptance.values():
        yield _delay(own[0].acceptance, own)


def _delay(acceptance: Acceptance, rounds: list[AcceptanceRound]) -> Delay:
    refused = [round_ for round_ in rounds if round_.result == State.REJECTED]
    first = refused[0] if refused else rounds[0]
    label = _("Acceptance, round %(n)s") % {"n": first.number}
    return Delay(
        task=acceptance.task_id or 0,
        day=_day(rounds[0]),
        until=acceptance.passed_on,
        kind=REJECTED if refused else WAITED,
        label=label,
        url=acceptance.get_absolute_url(),
        holds="end",
    )


def _day(round_: AcceptanceRound) -> date:
    return timezone.localdate(round_.opened_at)
