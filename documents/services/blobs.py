"""The store compared with the rows: every version has its bytes, and whatever no row names is left over
from a process that died between storing and writing down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contracts.models import Contract
from contracts.services import lock_contract
from documents import store
from documents.models import DocumentVersion, Preview

ROOT = "contracts"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a key: `missing`, `damaged`, or `orphan` (no row names it)."""

    what: str
    key: str


def broken_versions(*, hashes: bool = False) -> Iterator[Finding]:
    """Versions whose bytes are not there or not whole; `hashes` reads all of them."""
    for key, size, sha256 in DocumentVersion.objects.order_by("pk").values_list("key", "size", "sha256"):
        if not store.exists(key):
            yield Finding("missing", key)
        elif store.size(key) != size or (hashes and store.sha256_of(key) != sha256):
            yield Finding("damaged", key)


def orphans() -> Iterator[Finding]:
    """Keys that no row names, older than any upload that may still be on its way."""
    for folder in sorted(_listed(ROOT)[0]):
        place = f"{ROOT}/{folder}"
        named = _named(place)
        for key in _keys(place):
            if key not in named and _old(key):
                yield Finding("orphan", key)


def drop_orphan(key: str) -> bool:
    """Remove a key that no row names, unless one does by now. The contract is held meanwhile: an upload
    might just be about to find the same bytes there and keep them."""
    place = "/".join(key.split("/")[:2])
    number = place.rpartition("-")[2].rpartition("/")[2]
    with transaction.atomic():
        if number.isdigit() and Contract.objects.filter(pk=int(number)).exists():
            lock_contract(int(number))
        if key in _named(place):
            return False
        default_storage.delete(key)
        return True


def _named(place: str) -> set[str]:
    inside = Q(key__startswith=f"{place}/")
    previews = Preview.objects.filter(result__startswith=f"{place}/")
    return {
        *DocumentVersion.objects.filter(inside).values_list("key", flat=True),
        *previews.values_list("result", flat=True),
    }


def _keys(folder: str) -> Iterator[str]:
    folders, files = _listed(folder)
    yield from (f"{folder}/{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from _keys(f"{folder}/{name}")


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Folders and files; a store that holds nothing yet has no folder either."""
    try:
        found: tuple[list[str], list[str]] = default_storage.listdir(folder)
        return found
    except FileNotFoundError:
        return [], []


def _old(key: str) -> bool:
    return bool(default_storage.get_modified_time(key) < timezone.now() - store.STALE)
