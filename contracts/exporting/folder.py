"""The export on disk: a new folder or a new zip that only its owner reads; nothing is overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from contracts.exporting.bundle import MANIFEST, SUMS, Bundle, Told
from contracts.exporting.stream import zipped


def to_folder(bundle: Bundle, target: Path) -> Told:
    """Write the parts below `target`, which must not exist. Raises FileExistsError, OSError; what was
    begun is gone then."""
    target.mkdir(mode=0o700)
    try:
        for part in bundle.prepare():
            with _new(target / part.path) as out:
                for _piece in bundle.copy(part, out.write):
                    pass
        manifest = bundle.manifest()
        for name, content in ((MANIFEST, manifest), (SUMS, bundle.sums(manifest))):
            with _new(target / name) as out:
                out.write(content)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return bundle.told


def to_zip(bundle: Bundle, target: Path) -> Told:
    """Write one zip, which must not exist. Raises FileExistsError, OSError; what was begun is gone then."""
    with _new(target) as out:
        try:
            for _piece in zipped(bundle, out):
                pass
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return bundle.told


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """A new private file; folders above it are private as well."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as out:
        yield out
