"""The table of events: what people can be told, in what words, by which media, with what right.

Each app puts its own on the register's list `notifications.events` in `apps.py: ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from erp import register
from notifications.states import Medium

if TYPE_CHECKING:
    from notifications.letters import Letter

#: The event of a dispatch that brings others.
DIGEST = "digest"
#: Without a word of the app: the desk in the pocket, and the mailbox.
USUAL = (Medium.WECOM, Medium.EMAIL)


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of occurrence.

    `text` carries %(name)s placeholders filled from `notify(**params)`. `media` are the defaults,
    `roles` says otherwise for single roles (role → media). `right` is the verb on the target that a
    receiver must hold besides seeing it: whatever names an amount says `view_finance`, and is then
    neither sent to, nor shown to, nor counted for anybody else. `group`: robots of the contract and of
    the department hear of it too. `urgent`: neither quiet hours nor the daily digest hold it back.
    `compose` writes the letter where a sentence is not enough.

    `topic` is the heading under which people find it in their settings. `about` is the slug of the
    subject (`notifications.subjects`) it hangs on, and `audience(target)` the people who are told: the
    same function that the deed asks, so that the dry run says what would happen. `outside`: it reaches
    customers only, so nobody in the office is asked about it."""

    title: Any
    text: Any
    media: tuple[Medium, ...] = USUAL
    roles: Mapping[str, tuple[Medium, ...]] = field(default_factory=dict)
    right: str = ""
    group: bool = False
    urgent: bool = False
    compose: Callable[[Any, Any], Letter] | None = None
    topic: Any = ""
    about: str = ""
    audience: Callable[[Any], Iterable[Any]] | None = None
    outside: bool = False

    def media_for(self, role: str) -> tuple[Medium, ...]:
        """The media by which somebody of `role` hears of it unless they chose otherwise."""
        return self.roles.get(role, self.media)


@dataclass(frozen=True, slots=True)
class Words:
    """Title and sentence of an occurrence, in the language now active."""

    title: str
    text: str


def known(event: str) -> Event:
    """The entry of `event`; of one that no app declares any more, its name and no media."""
    found: Event | None = register.entries("notifications.events").get(event)
    return found or Event(event, event, media=())


def wording(event: str, params: Mapping[str, Any]) -> Words:
    """What is said of `event` with `params`, in the language now active: in the site's own words where
    it has some, else in the product's."""
    from notifications.wordings import own_words  # it reads the models, which compose through us

    entry = known(event)
    values = {name: said(value) for name, value in params.items()}
    if own := own_words(event, values):
        return own
    title = str(entry.title)
    try:
        return Words(title, str(entry.text) % values)
    except (KeyError, ValueError, TypeError, AttributeError):
        return Words(title, title)


def said(value: Any) -> str:
    """A stored parameter: plain text, or a word kept as its message id for the reader's language."""
    word = value.get("word", "") if isinstance(value, dict) else ""
    return gettext(word) if word else str(value)
