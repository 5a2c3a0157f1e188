"""What people wish to hear, how this site reminds, and its own words: saved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from erp import memory, register
from erp.roles import REACH_ALL
from erp.workflow import change, create, remove
from notifications import wordings
from notifications.events import known
from notifications.models import Preference, Rhythm, Rules, Template
from notifications.states import PERSONAL

if TYPE_CHECKING:
    from orgchart.models import User

Choice = tuple[str, str]  # event, medium


@transaction.atomic
def save_preferences(wanted: Iterable[Choice], *, actor: User, among: Iterable[Choice]) -> int:
    """Make what `actor` hears, of the choices `among`, exactly `wanted`; only what differs from the
    defaults is stored. Returns how many choices changed.

    Raises ValidationError for a choice that does not exist."""
    wanted, among = set(wanted), set(among)
    _check(among | wanted)
    stored = {(row.event, row.medium): row for row in Preference.objects.for_user(actor)}
    changed = 0
    for choice in sorted(among):
        changed += _choose(choice, choice in wanted, stored.get(choice), actor)
    return changed


def _check(choices: set[Choice]) -> None:
    events = register.entries("notifications.events")
    for event, medium in choices:
        if event not in events or medium not in PERSONAL:
            raise ValidationError(f"{event} {medium}")


def _choose(choice: Choice, wanted: bool, row: Preference | None, actor: User) -> bool:
    """Store one choice, or forget it when it is the default; whether it changed."""
    event, medium = choice
    usual = medium in known(event).media_for(actor.role)
    before = row.wanted if row else usual
    if row and wanted == usual:
        remove(row, actor=actor)
    elif row:
        change(row, actor=actor, wanted=wanted)
    elif wanted != usual:
        create(Preference(user=actor, event=event, medium=medium, wanted=wanted), actor=actor)
    return before != wanted


@transaction.atomic
def save_rhythm(*, actor: User, version: int | None, **fields: Any) -> Rhythm:
    """Keep when and in which language `actor` is reached. Raises Stale, ValidationError."""
    row: Rhythm | None = Rhythm.objects.for_user(actor).first()
    if row is not None:
        return change(row, actor=actor, version=version, **fields)
    made = Rhythm(user=actor, **fields)
    made.full_clean()
    return create(made, actor=actor)


@transaction.atomic
def save_rules(*, actor: User, version: int | None, **fields: Any) -> Rules:
    """Keep how this site reminds. Raises PermissionDenied, Stale, ValidationError."""
    _demand_top(actor)
    row = Rules.objects.order_by("pk").first()
    made = row or Rules()
    for name, value in fields.items():
        setattr(made, name, value)
    made.full_clean()
    saved = (
        change(Rules(pk=row.pk), actor=actor, version=version, **fields) if row else create(made, actor=actor)
    )
    memory.forget()
    return saved


@transaction.atomic
def save_wording(
    event: str, language: str, *, actor: User, version: int | None, title: str, text: str, active: bool
) -> Template:
    """Keep the site's own words of an event in a language.

    Raises PermissionDenied, Stale, ValidationError (a placeholder the event does not declare)."""
    _demand_top(actor)
    for name, value in (("title", title), ("text", text)):
        try:
            wordings.check(event, value)
        except ValidationError as wrong:
            raise ValidationError({name: wrong}) from None
    row = Template.objects.filter(event=event, language=language).first()
    fields: dict[str, Any] = {"title": title, "text": text, "active": active}
    if row is not None:
        saved = change(row, actor=actor, version=version, **fields)
    else:
        made = Template(event=event, language=language, **fields)
        made.full_clean()
        saved = create(made, actor=actor)
    memory.forget()
    return saved


def _demand_top(actor: User) -> None:
    if not actor.is_active or actor.role not in REACH_ALL:
        raise PermissionDenied("only boss and admin keep how the site tells people")
