"""Secrets that the installation makes for itself once and keeps in `DATA_DIR`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The secret stored in `path`; made on first use, readable by the owner only.

    Two processes starting at once agree: the file is linked into place whole, the first wins."""
    if not path.is_file():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
