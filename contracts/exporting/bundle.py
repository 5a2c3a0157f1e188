"""What leaves with a contract, part by part: each is read in pieces, hashed on the way, and noted."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from contracts.exporting import summary, workbook
from contracts.exporting.names import Taken, safe
from erp import register
from erp.models import LogEntry

if TYPE_CHECKING:
    from contracts.models import Contract
    from orgchart.models import User

CHUNK = 1024 * 1024
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
#: Working folders this old belong to nobody any more.
STALE = 24 * 3600


@dataclass(frozen=True, slots=True)
class Part:
    """One file to come: `sha256` as it should be, where that is known."""

    path: str
    made: date
    open: Callable[[], IO[bytes]]
    sha256: str = ""


@dataclass(slots=True)
class Told:
    """What was written, for whoever asked for it."""

    folder: str
    files: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(entry["size"] for entry in self.files)


class Bundle:
    """The parts of one contract. What is made for the export (summary, lists, log) lies in a private
    working folder until the bundle is closed; files are read where they are.

    Everything that asks the database is asked by `prepare`, so that whoever reads slowly holds no
    connection."""

    def __init__(self, contract: Contract, actor: User | None) -> None:
        self.contract, self._actor = contract, actor
        self.told = Told(safe(f"{contract.number} {contract.code}"))
        self._taken = Taken()
        self._room: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: Any, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._room is not None:
            shutil.rmtree(self._room, ignore_errors=True)

    def prepare(self) -> list[Part]:
        """Write what is made for the export, and name everything that leaves."""
        for name in (MANIFEST, SUMS):
            self._taken.free(name)
        room = self._room = working_folder()
        made = {name: room / name for name in ("summary.pdf", "lists.xlsx", "audit.jsonl")}
        files = [self._file(file) for tell in _files() for file in tell(self.contract)]
        contents = workbook.write(self.contract, made["lists.xlsx"])
        self.entries = _write_log(self.contract, made["audit.jsonl"])
        summary.write(self.contract, made["summary.pdf"], contents, len(files))
        today = timezone.localdate()
        own = [Part(self._taken.free(name), today, _opener(path)) for name, path in made.items()]
        self._head = {
            "contract": self.contract.number,
            "code": self.contract.code,
            "name": self.contract.name,
            "stage": str(self.contract.stage),
            "exported_at": timezone.now(),
            "exported_by": str(self._actor or ""),
            "audit": self.entries,
        }
        return [*own, *files]

    def _file(self, file: Any) -> Part:
        return Part(self._taken.free(f"files/{file.path}"), file.made, file.open, file.sha256)

    def copy(self, part: Part, write: Callable[[bytes], Any]) -> Iterator[None]:
        """Hand the bytes of `part` to `write` piece by piece, and note size and hash; a file whose hash
        is not the stored one, or that cannot be read, is a problem that the manifest names."""
        digest, size, faults = hashlib.sha256(), 0, list[str]()
        for piece in _pieces(part, faults):
            digest.update(piece)
            size += len(piece)
            write(piece)
            yield
        found = digest.hexdigest()
        if not faults and part.sha256 and found != part.sha256:
            faults.append(f"{part.path}: SHA-256 {found}, {part.sha256} expected")
        self.told.problems += faults
        self.told.files.append({"path": part.path, "size": size, "sha256": found})

    def manifest(self) -> bytes:
        """What was written, with the hash of each file."""
        facts = {**self._head, "files": self.told.files, "problems": self.told.problems}
        return json.dumps(facts, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder).encode()

    def sums(self, manifest: bytes) -> bytes:
        """The same as `sha256sum -c` reads it, and the manifest's own hash."""
        lines = [f"{entry['sha256']}  {entry['path']}" for entry in self.told.files]
        lines.append(f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}")
        return ("\n".join(lines) + "\n").encode()


def _pieces(part: Part, faults: list[str]) -> Iterator[bytes]:
    """The bytes of `part`; what cannot be read is told among `faults`, not raised."""
    try:
        with part.open() as source:
            while piece := source.read(CHUNK):
                yield piece
    except OSError as why:
        faults.append(f"{part.path}: {why.strerror or why}")


def working_folder() -> Path:
    """A folder that nobody else reads; what a crash left behind goes first."""
    place = Path(settings.DATA_DIR) / "exports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in place.iterdir():
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - STALE:
                shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="contract-", dir=place))


def _files() -> Iterator[Callable[[Contract], Any]]:
    yield from register.entries("contracts.export_files").values()


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _write_log(contract: Contract, path: Path) -> dict[str, Any]:
    """Every entry of the log about the contract, a line of JSON each, with its place in the chain."""
    number, sealed, last = 0, 0, ""
    with path.open("w", encoding="utf-8") as out:
        for entry in LogEntry.objects.filter(contract_id=contract.pk).order_by("pk").iterator(500):
            place = {"id": entry.pk, "sequence": entry.sequence, "digest": entry.digest, "link": entry.link}
            line = json.dumps({**place, **entry.facts()}, ensure_ascii=False, cls=DjangoJSONEncoder)
            out.write(line + "\n")
            number, sealed = number + 1, sealed + (entry.sequence is not None)
            last = entry.link or last
    return {"entries": number, "sealed": sealed, "last_link": last}
