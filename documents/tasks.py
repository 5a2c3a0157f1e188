"""Doorbells and sweeps: each looks at the outbox, whatever it was rung for."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="documents.run_errands")
def run_errands_task() -> int:
    """Scan, then read, what waits for it; returns how many versions were done."""
    from documents.services.indexing import work_off_texts
    from documents.services.scanning import work_off_scans

    return work_off_scans() + work_off_texts()


@shared_task(name="documents.sweep_uploads")
def sweep_uploads() -> int:
    """Remove what broken uploads and killed workers left behind; returns how many files and folders."""
    from documents.conversion import sandbox
    from documents.store import sweep

    return sweep() + sandbox.sweep()


@shared_task(name="documents.convert_preview")
def convert_preview(preview: int) -> int:
    """Make this preview and what else waits of its kind; returns how many were handled."""
    from documents.services.previews import work_off

    return work_off(preview)


@shared_task(name="documents.sweep_previews")
def sweep_previews() -> int:
    """Take up again what lost its worker, its bell or a part of the server; returns bells rung."""
    from documents.services import previews

    return previews.sweep_previews()
