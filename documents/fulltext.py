"""The index of texts, read: which documents, of those one may see, have what somebody asks for.

A posting says which of the documents of a block have a gram, as one number with a bit for each. All grams
of the question laid over each other leave the candidates; the stored texts of the newest of them that the
asker may see are then read themselves, so that nothing is found that is not there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import F

from documents.fulltext_models import DocumentText, Posting
from documents.models import DocumentQuerySet
from documents.words import asked, code, contains, snippet, words_of

#: Documents of one block, and the bits of a posting's id that name the block; the others are the gram.
BLOCK, BLOCK_BITS, GRAM_BITS = 4096, 20, 43
#: So few candidates are asked for by their ids; of more, the documents one sees are gone through.
FEW = 500
#: Texts read at once, and at most for one question.
AT_ONCE, MOST = 20, 600

Quote = tuple[str, str, str]
Stored = bytes | memoryview  # what databases give for a binary field


@dataclass(frozen=True, slots=True)
class Match:
    """A document whose text has what was asked, quoted: (before, found, after)."""

    document: int
    quote: Quote


def matches(rows: DocumentQuerySet, query: str, limit: int) -> list[Match]:
    """At most `limit` of `rows` (what somebody may see) whose text has all words of `query`, newest first."""
    words = words_of(query)
    wanted = candidates(words)
    seen = islice(_seen(rows, wanted), MOST) if wanted else iter(())
    found: list[Match] = []
    while len(found) < limit and (batch := list(islice(seen, AT_ONCE))):
        found += _verified(batch, words)
    return found[:limit]


def quotes(documents: list[int], query: str) -> dict[int, Quote]:
    """What to quote of these documents, where their text has it."""
    words = words_of(query)
    found = _verified(documents, words) if asked(words) else []
    return {match.document: match.quote for match in found}


def candidates(words: list[str]) -> dict[int, int]:
    """Block → bits of its documents that have every gram of `words`; empty when these say too little."""
    left: dict[int, int] | None = None
    for gram in asked(words):
        found = postings(gram)
        left = found if left is None else {b: left[b] & found[b] for b in left.keys() & found.keys()}
        left = {block: bits for block, bits in left.items() if bits}
        if not left:
            break
    return left or {}


def postings(gram: str) -> dict[int, int]:
    """Block → bits of its documents that have this gram."""
    start = code(gram, GRAM_BITS) << BLOCK_BITS
    rows = Posting.objects.filter(pk__gte=start, pk__lt=start + (1 << BLOCK_BITS))
    return {pk - start: unpack(packed) for pk, packed in rows.values_list("pk", "documents")}


def pack(bits: int) -> bytes:
    """A posting as it is stored: places of the bits, two bytes each, or all bits where that is shorter."""
    if bits.bit_count() * 2 >= BLOCK // 8:
        return bits.to_bytes(BLOCK // 8, "little")
    return struct.pack(f"<{bits.bit_count()}H", *places(bits))


def unpack(packed: Stored) -> int:
    if len(packed) == BLOCK // 8:
        return int.from_bytes(packed, "little")
    found = 0
    for (place,) in struct.iter_unpack("<H", packed):
        found |= 1 << place
    return found


def places(bits: int) -> Iterator[int]:
    """The places of the set bits, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def compress(text: str) -> bytes:
    return zlib.compress(text.encode())


def expand(content: Stored) -> str:
    return zlib.decompress(content).decode()


def _seen(rows: DocumentQuerySet, wanted: dict[int, int]) -> Iterator[int]:
    """The candidates among `rows`, newest first."""
    ids = rows.order_by("-pk").values_list("pk", flat=True)
    if sum(bits.bit_count() for bits in wanted.values()) <= FEW:
        few = [block * BLOCK + place for block, bits in wanted.items() for place in places(bits)]
        yield from ids.filter(pk__in=few)
        return
    for pk in ids.iterator(2000):
        if wanted.get(pk // BLOCK, 0) >> pk % BLOCK & 1:
            yield pk


def _verified(documents: list[int], words: list[str]) -> list[Match]:
    """Those of `documents` whose current text really has `words`, in their order."""
    rows = DocumentText.objects.filter(document__in=documents, version=F("document__current"))
    texts = {pk: expand(content) for pk, content in rows.values_list("pk", "content")}
    return [
        Match(pk, snippet(texts[pk], words)) for pk in documents if pk in texts and contains(texts[pk], words)
    ]
