"""What is sent: one letter per dispatch, in the receiver's language, dressed for each kind of far end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from notifications.events import known, wording

if TYPE_CHECKING:
    from notifications.models import Dispatch

#: What the digest names singly; what is beyond is counted.
NAMED = 20
#: Invisible characters that turn writing around or hide in it.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
#: Marks that a robot would take for a call, a link or a heading: written wide, they are only letters.
_WIDE = str.maketrans("@<>[]`*", "＠＜＞［］｀＊")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; with `url` a whole address it leads there."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Letter:
    """`url` is where it leads as a whole; `ident` names it to services that know repeats."""

    title: str
    lines: Sequence[Line] = ()
    url: str = ""
    reply_to: str = ""
    files: Sequence[Attachment] = ()
    ident: str = ""


def letter_for(dispatch: Dispatch, merged: Sequence[Dispatch] = ()) -> Letter:
    """The letter of `dispatch`, of a digest with what it brings, in the language now active: the
    caller activates the receiver's."""
    if merged:
        written = _digest(merged)
    elif compose := known(dispatch.event).compose:
        written = compose(dispatch, dispatch.recipient)
    else:
        written = _plain(dispatch)
    title = written.title
    if dispatch.possibly_repeated:
        title = _("%(title)s (possibly repeated)") % {"title": title}
    return replace(
        written,
        title=clean(title),
        lines=[Line(clean(line.text), line.url) for line in written.lines],
        reply_to=written.reply_to or _reply_to(dispatch),
        ident=f"dispatch-{dispatch.pk}",
    )


def _plain(dispatch: Dispatch) -> Letter:
    words = wording(dispatch.event, dispatch.params)
    lines = [Line(words.text)] if words.text != words.title else []
    if dispatch.actor_name:
        lines.append(Line(_("From: %(name)s") % {"name": dispatch.actor_name}))
    return Letter(words.title, lines, url=link_to(dispatch))


def _digest(merged: Sequence[Dispatch]) -> Letter:
    lines = []
    for row in merged[:NAMED]:
        words = wording(row.event, row.params)
        lines.append(Line(words.text if words.text != words.title else words.title, link_to(row)))
    if more := len(merged) - NAMED:
        lines += [Line(_("… and %(n)s more") % {"n": more})] if more > 0 else []
    title = _("%(n)s messages") % {"n": len(merged)}
    return Letter(title, lines, url=absolute("/notifications/"))


def link_to(dispatch: Dispatch) -> str:
    """Persons are led through their inbox, which asks whether they may still see it and marks it read."""
    if dispatch.message_id:
        return absolute(f"/notifications/{dispatch.message_id}/open/")
    goal = getattr(dispatch.target, "get_absolute_url", None)
    return absolute(goal()) if goal else ""


def absolute(path: str) -> str:
    return f"{settings.APP_BASE_URL}{path}"


def _reply_to(dispatch: Dispatch) -> str:
    actor: Any = dispatch.actor
    if actor is None or dispatch.recipient is None:
        return ""
    person = getattr(actor, "person", None)
    return str((person.email if person else "") or actor.email)


def clean(text: str) -> str:
    """One line of visible writing: no line breaks, no controls, nothing that turns the text around."""
    text = text.encode("utf-8", "replace").decode()
    shown = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)
    return " ".join(_HIDDEN.sub("", shown).split())


def harmless(text: str) -> str:
    """As a robot should show it: nobody is called, nothing is a link, a heading or a quotation."""
    wide = text.translate(_WIDE)
    return f"＃{wide[1:]}" if wide.startswith("#") else wide


def cut(text: str, limit: int, tail: str = "") -> str:
    """`text` and `tail` in at most `limit` bytes of UTF-8, cut between two characters."""
    raw, end = text.encode(), tail.encode()
    if len(raw) + len(end) <= limit:
        return text + tail
    room = limit - len(end) - len("…".encode())
    kept = raw[: max(room, 0)].decode("utf-8", "ignore")
    return f"{kept}…{tail}" if room >= 0 else tail.encode()[:limit].decode("utf-8", "ignore")


def as_text(letter: Letter, *, limit: int = 0) -> str:
    """Title, lines and address under each other; within `limit` bytes the address stays whole."""
    body = "\n".join([letter.title, *(_with_url(line) for line in letter.lines)])
    tail = f"\n{letter.url}" if letter.url else ""
    return cut(body, limit, tail) if limit else body + tail


def _with_url(line: Line) -> str:
    return f"{line.text} {line.url}" if line.url else line.text


def as_markdown(letter: Letter, *, limit: int, calls: Iterable[str] = ()) -> str:
    """For robots. `calls` are mentions in the robot's own writing; whole lines are left out before
    anything is cut, so that no link is broken."""
    head = f"**{harmless(letter.title)}**"
    tail = "".join(
        f"\n\n{part}"
        for part in (f"[{_('Open')}]({letter.url})" if letter.url else "", " ".join(calls))
        if part
    )
    body = cut(head, max(limit - len(tail.encode()), 0))
    lines = [_markdown_line(line) for line in letter.lines]
    for number, line in enumerate(lines):
        rest = len(lines) - number
        more = "\n\n" + _("… and %(n)s more") % {"n": rest}
        room = limit - len((body + tail).encode())
        if rest == 1 and not letter.lines[number].url:
            line = cut(line, max(room - 2, 0))
        if len(f"\n\n{line}".encode()) > room - (len(more.encode()) if rest > 1 else 0):
            return body + (more if len(more.encode()) <= room else "") + tail
        body += f"\n\n{line}"
    return body + tail


def _markdown_line(line: Line) -> str:
    text = harmless(line.text)
    return f"[{cut(text, 150)}]({line.url})" if line.url else text
