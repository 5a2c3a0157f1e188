"""Who would hear of an event about a thing, by which way; and why the others would not. Asks exactly what
the deed and the worker ask, and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from notifications.events import known
from notifications.routing import Route, group_channels, may_hear, open_media, routes_for
from notifications.states import Medium
from notifications.subjects import subject
from notifications.wishes import chosen

if TYPE_CHECKING:
    from orgchart.models import Person, User


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person would get: `ways` (channels, with when); `why` are the reasons why not, or not by
    the other media there are."""

    person: Person
    told: bool
    ways: list[Route]
    why: list[str]


def dry_run(event: str, target: Any) -> list[Verdict]:
    """A verdict on everybody around `target`, those who would be told first."""
    entry = known(event)
    around = list(subject(entry.about).crowd(target))
    meant = [person for person in entry.audience(target) if person] if entry.audience else around
    people = list(dict.fromkeys([*meant, *around]))
    users = [person.user for person in people if person.user and person.user.is_active]
    ways, wishes = routes_for(users, event), chosen(users, event)
    ids = {person.pk for person in meant}
    found = []
    for person in people:
        if why := _why_not(person, event, target, person.pk in ids):
            found.append(Verdict(person, False, [], [why]))
            continue
        user: Any = person.user
        routes = ways.get(user.pk, [])
        used = {route.channel.medium for route in routes}
        found.append(Verdict(person, True, routes, _left_out(user, event, used, wishes.get(user.pk, {}))))
    return sorted(found, key=lambda verdict: not verdict.told)


def _why_not(person: Person, event: str, target: Any, meant: bool) -> str:
    """Why somebody would not be told at all; empty when they would."""
    if not meant:
        return _("This event does not concern them.")
    if person.user is None:
        return _("They have no account.")
    if not person.user.is_active:
        return _("The account is inactive.")
    if not may_hear(person.user, event, target):
        right = known(event).right
        return _("They lack the right to it.") if right else _("They may not see it.")
    return ""


def _left_out(user: User, event: str, used: set[Medium], own: dict[str, bool]) -> list[str]:
    """Why a medium that there is does not carry it to somebody who is told."""
    media = open_media()
    if not media:
        return [_("No channel is set up.")]
    usual = known(event).media_for(user.role)
    found = []
    for medium in media:
        if medium in used:
            continue
        if own.get(medium) is False:
            why = _("switched off by them")
        elif medium not in usual and not own.get(medium):
            why = _("off by default")
        else:
            why = _("no address")
        found.append(_("%(about)s: %(text)s") % {"about": medium.label, "text": why})
    return found


def robots_for(event: str, target: Any) -> list[Any]:
    """The group robot that would hear of it, and those that step in for it."""
    entry = known(event)
    if not entry.group or entry.right:
        return []
    place = target.get_additional_data()
    return group_channels(place.get("contract"), place.get("department"))
