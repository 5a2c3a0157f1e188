"""The frame of the global search: apps put their sources on the register."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erp import register

if TYPE_CHECKING:
    from orgchart.models import User

log = logging.getLogger(__name__)

#: Characters a search needs at least: one Han character says more than one letter.
LEAST = 2
#: Longer texts are cut; nothing we store by name is longer.
MOST = 100
HITS = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """`quote` is (before, found, after) of the text that was found, where it is not in the title."""

    title: str
    note: str
    url: str
    quote: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class SearchSource:
    """`find(user, text, limit)` returns hits that `user` may see, best first."""

    label: Any
    icon: str
    find: Callable[[User, str, int], list[Hit]]


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one source; `more` when there are others, `failed` when it could not answer."""

    source: SearchSource
    hits: list[Hit]
    more: bool = False
    failed: bool = False


def clean(text: str) -> str:
    """What is searched for: full-width forms become plain, control characters go, spaces collapse."""
    plain = unicodedata.normalize("NFKC", text[: MOST * 4])
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Cf") else c for c in plain)
    return " ".join(kept.split())[:MOST]


def long_enough(text: str) -> bool:
    return len(text) >= LEAST or any("\u4e00" <= c <= "\u9fff" for c in text)


def find(user: User, text: str) -> list[Group]:
    """The groups that have hits for a cleaned `text`; a source that fails is told, not hidden."""
    groups = [_ask(source, user, text) for source in register.entries("erp.search").values()]
    return [group for group in groups if group.hits or group.failed]


def _ask(source: SearchSource, user: User, text: str) -> Group:
    try:
        hits = source.find(user, text, HITS + 1)
    except Exception:  # the other sources still answer
        log.exception("search source %s", source.label)
        return Group(source, [], failed=True)
    return Group(source, hits[:HITS], more=len(hits) > HITS)
