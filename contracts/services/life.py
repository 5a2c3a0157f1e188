"""What the steps of a contract's life share: the days they may bear, and the boss passing a gate."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import Contract
from contracts.states import may_overrule, missing_for
from erp.audit import acting_as
from erp.audit.services import record
from erp.workflow import Blocked

if TYPE_CHECKING:
    from orgchart.models import User


def day_between(contract: Contract, day: date | None, earliest: date) -> date:
    today = timezone.localdate()
    if earliest > today:
        raise Blocked(_("This is possible from %(first)s on.") % {"first": earliest.isoformat()})
    day = day or today
    if not earliest <= day <= today:
        raise Blocked(_("The date must lie between %(first)s and today.") % {"first": earliest.isoformat()})
    return day


def passing(contract: Contract, verb: str, actor: User, reason: str) -> Any:
    """Where the boss may overrule a gate: what was missing goes into the log with the reason."""
    if not (reason.strip() and may_overrule(actor)):
        return acting_as(actor)
    missing = [str(m.text) for m in missing_for(verb, contract)]
    if missing:
        with acting_as(actor, verb="overrule_gate", reason=reason):
            record("overrule_gate", contract, missing=missing)
    return acting_as(actor, reason=reason)
