"""The verification code of a paper: which acceptance, which edition, as of when, and a keyed hash.

`A12-1KF8Z0Q4M-7WD3-XK2P-9HNT`: edition, number of the acceptance, the instant up to which facts are
told, and sixty bits of the hash over these facts. The key is the site's (`DATA_DIR/audit_key`), so
nobody without it makes a code. Letters are Crockford's: none that look alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from django.utils import timezone

from erp.audit import chain

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Letters of the hash: five bits each.
MARK = 12
ALIKE = str.maketrans("OIL", "011")
PATTERN = re.compile(r"([AC])([1-9]\d{0,17})-([0-9A-Z]{9})-([0-9A-Z]{4})-([0-9A-Z]{4})-([0-9A-Z]{4})")
START = datetime(2020, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)


class Edition(StrEnum):
    """Whose paper it is: the office's, with everything, or the customer's, with what is public."""

    OFFICE = "A"
    CUSTOMER = "C"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code says before anybody believes it."""

    edition: Edition
    acceptance: int
    until: datetime
    mark: str

    def __str__(self) -> str:
        groups = "-".join(self.mark[at : at + 4] for at in range(0, MARK, 4))
        return f"{self.edition}{self.acceptance}-{_written((self.until - START) // TICK, 9)}-{groups}"

    def agrees(self, facts: dict[str, Any]) -> bool:
        """Whether these facts are the ones the code was made of."""
        return compare_digest(self.mark, _mark(facts))


def instant() -> datetime:
    """Now, to the millisecond begun: whatever was recorded before is not after it."""
    return START + TICK * ((timezone.now() - START) // TICK + 1)


def code_for(edition: Edition, acceptance: int, until: datetime, facts: dict[str, Any]) -> Code:
    return Code(edition, acceptance, until, _mark(facts))


def read_code(text: str) -> Code | None:
    """A code as somebody typed it: small letters, spaces, other dashes, O for 0. None if it is none."""
    plain = unicodedata.normalize("NFKC", text[:200]).upper()
    plain = re.sub(r"[\s\u2010-\u2015\u2212_]", "-", plain.strip())
    found = PATTERN.fullmatch(re.sub("-+", "-", plain))
    if found is None:
        return None
    edition, number, time, *groups = found.groups()
    ticks, mark = time.translate(ALIKE), "".join(groups).translate(ALIKE)
    if not set(ticks + mark) <= set(LETTERS) or not number.isascii():
        return None
    return Code(Edition(edition), int(number), START + TICK * _read(ticks), mark)


def _mark(facts: dict[str, Any]) -> str:
    bits = int(chain.digest({"paper": "acceptance", "facts": facts}), 16)
    return _written(bits >> (256 - 5 * MARK), MARK)


def _written(number: int, length: int) -> str:
    signs = []
    for _place in range(length):
        number, rest = divmod(number, 32)
        signs.append(LETTERS[rest])
    return "".join(reversed(signs))


def _read(text: str) -> int:
    number = 0
    for sign in text:
        number = number * 32 + LETTERS.index(sign)
    return number
