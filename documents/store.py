"""Where the bytes lie: one immutable blob per version under its contract's own folder, and renderings.

The same calls serve a local disk and S3-compatible storage (django-storages). Bytes are received into a
spool file, made durable, and only then given their key; the row that names a key is written after that.
"""

from __future__ import annotations

import builtins
import errno
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.utils import timezone

if TYPE_CHECKING:
    from contracts.models import Contract
    from documents.models import Document

#: What a full disk or quota answers, and a store that may not be written to.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
BARRED = (errno.EROFS, errno.EACCES, errno.EPERM)
CHUNK = 1024 * 1024
#: A spool file this old belongs to nobody any more.
STALE = timedelta(hours=24)


class TooLarge(Exception):
    """More bytes came than `limit` allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class NoSpace(Exception):
    """The disk (or its quota) is full; nothing was kept."""


class ReadOnly(NoSpace):
    """The store cannot be written to: mounted read-only, or not ours; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """Bytes received and durable, not yet under a key. `staged` is their place in a remote store."""

    path: Path
    size: int
    sha256: str
    staged: str = ""

    def discard(self) -> None:
        """Forget what was not put; after `put` there is nothing left to forget."""
        self.path.unlink(missing_ok=True)
        if self.staged:
            default_storage.delete(self.staged)


class Spool:
    """A file being received piece by piece: counted, hashed, never whole in memory."""

    def __init__(self, limit: int) -> None:
        self._limit, self._size, self._hash = limit, 0, hashlib.sha256()
        with _room():
            folder = spool_folder()
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder, prefix="in-")
        self.path = Path(name)
        self._file = os.fdopen(handle, "wb")

    def write(self, chunk: bytes) -> None:
        """Raises TooLarge, NoSpace; either way the spool file is gone then."""
        self._size += len(chunk)
        if self._size > self._limit:
            self.abort()
            raise TooLarge(self._limit)
        self._hash.update(chunk)
        with self._whole():
            self._file.write(chunk)

    def close(self) -> Spooled:
        """Make the bytes durable. Raises NoSpace."""
        with self._whole():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return Spooled(self.path, self._size, self._hash.hexdigest())

    def abort(self) -> None:
        """Drop what has come so far; may be called twice."""
        with suppress(OSError):  # what was still in the buffer does not fit
            self._file.close()
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            with _room():
                yield
        except (OSError, NoSpace):
            self.abort()
            raise


def spool(chunks: Iterable[bytes], limit: int) -> Spooled:
    """Receive `chunks` into a durable spool file of at most `limit` bytes. Raises TooLarge, NoSpace."""
    receiving = Spool(limit)
    try:
        for chunk in chunks:
            receiving.write(chunk)
        return receiving.close()
    except BaseException:
        receiving.abort()
        raise


def upload_limit() -> int:
    """The largest file anybody may upload, in bytes."""
    return int(settings.MAX_UPLOAD_MB) * 1024 * 1024


# --- keys -------------------------------------------------------------------------------------------


def contract_folder(contract: Contract) -> str:
    """The contract's own folder: named after its number at creation and its id, so never twice."""
    name = f"{contract.file_prefix}-{contract.pk}" if contract.file_prefix else str(contract.pk)
    return f"contracts/{name}"


def version_key(document: Document, number: int) -> str:
    return f"{contract_folder(document.contract)}/{document.pk}/v{number}"


def preview_key(contract: Contract, sha256: str, converter: str, extension: str) -> str:
    """Where the rendering of some content lies; `converter` is reduced to letters, digits, - and . ."""
    tool = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in converter)
    return f"{contract_folder(contract)}/previews/{sha256}-{tool}.{extension}"


# --- blobs ------------------------------------------------------------------------------------------


def stage(spooled: Spooled) -> Spooled:
    """Bring the bytes near their store before a transaction begins, so that `put` is quick inside it:
    nothing to do on a local disk, an upload to a remote store. Raises NoSpace."""
    if _local():
        return spooled
    key = f"tmp/{spooled.path.name}"
    _upload(spooled.path, key)
    return replace(spooled, staged=key)


def put(spooled: Spooled, key: str) -> None:
    """Give the bytes their key, durably; the spool file is used up. Nothing is overwritten: whatever
    lies there already belongs to no row (the caller holds the lock of the row to be); it is the same
    content, or is moved aside. Raises NoSpace."""
    _checked(key)
    kept = exists(key) and _same(spooled, key)
    if not kept:
        if exists(key):
            _move_aside(key)
        if _local():
            _place(spooled.path, _path(key))
        elif spooled.staged:
            _copy(spooled.staged, key)
        else:
            _upload(spooled.path, key)
    spooled.discard()


def open(key: str) -> IO[bytes]:
    """The bytes as a file to read and seek. Raises FileNotFoundError."""
    if _local():
        return builtins.open(_path(key), "rb")
    if not exists(key):
        raise FileNotFoundError(key)
    found: IO[bytes] = default_storage.open(_checked(key), "rb")
    return found


@contextmanager
def local_path(key: str) -> Iterator[Path]:
    """A path that holds the bytes while the block runs; a temporary copy of a remote blob."""
    if _local():
        yield _path(key)
        return
    with open(key) as source, tempfile.NamedTemporaryFile(dir=_folder(spool_folder())) as copy:
        shutil.copyfileobj(source, copy, CHUNK)
        copy.flush()
        yield Path(copy.name)


def size(key: str) -> int:
    return int(default_storage.size(_checked(key)))


def exists(key: str) -> bool:
    return bool(default_storage.exists(_checked(key)))


def sha256_of(key: str) -> str:
    """The hash of what is stored, read anew. Raises FileNotFoundError."""
    digest = hashlib.sha256()
    with open(key) as blob:
        while piece := blob.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def delete(key: str) -> None:
    """Remove a rendering or an orphan. Raises ValueError for the content of a version."""
    place = PurePosixPath(_checked(key))
    if "previews" not in place.parts and ".orphan-" not in place.name:
        raise ValueError(f"{key} is the content of a version")
    default_storage.delete(key)


def sweep() -> int:
    """Remove spool files nobody finished: broken uploads, killed workers. Returns how many."""
    eldest = timezone.now() - STALE
    gone = 0
    for path in spool_folder().glob("*"):
        if path.is_file() and path.stat().st_mtime < eldest.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    if not _local():
        for name in default_storage.listdir("tmp")[1]:
            if default_storage.get_modified_time(f"tmp/{name}") < eldest:
                default_storage.delete(f"tmp/{name}")
                gone += 1
    return gone


def spool_folder() -> Path:
    """Where bytes are received: on the disk of the store, so that taking their place is one step."""
    return Path(default_storage.path("tmp")) if _local() else settings.DATA_DIR / "tmp"


# --- the two kinds of store -------------------------------------------------------------------------


def _local() -> bool:
    return isinstance(storages["default"], FileSystemStorage)


def _checked(key: str) -> str:
    """Keys are made by us; one that leads out of the store is a mistake of ours."""
    place = PurePosixPath(key)
    if place.is_absolute() or ".." in place.parts or "\\" in key or "\0" in key:
        raise ValueError(f"no key: {key!r}")
    return key


def _path(key: str) -> Path:
    return Path(default_storage.path(_checked(key)))


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _same(spooled: Spooled, key: str) -> bool:
    return size(key) == spooled.size and sha256_of(key) == spooled.sha256


def _move_aside(key: str) -> None:
    aside = f"{key}.orphan-{secrets.token_hex(4)}"
    if _local():
        with _room():
            os.rename(_path(key), _path(aside))
    else:
        _copy(key, aside)
        default_storage.delete(key)


def _place(source: Path, target: Path) -> None:
    """One rename, and the names of new folders made durable as well."""
    with _room():
        fresh = [folder for folder in (target.parent, *target.parents) if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)
        for folder in (target.parent, *(folder.parent for folder in fresh)):
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there; NTFS journals names itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _upload(source: Path, key: str) -> None:
    with builtins.open(source, "rb") as content:
        default_storage.save(key, File(content))


def _copy(source: str, target: str) -> None:
    """A copy inside the remote store; the bytes do not come here."""
    remote: Any = default_storage
    bucket = remote.bucket
    bucket.Object(remote._normalize_name(target)).copy(
        {"Bucket": bucket.name, "Key": remote._normalize_name(source)}
    )


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        if failed.errno in FULL:
            raise NoSpace from failed
        if failed.errno in BARRED:
            raise ReadOnly from failed
        raise
