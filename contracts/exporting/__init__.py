"""Everything of a contract in one folder or zip: summary, lists, files with versions, log, and a manifest."""

from contracts.exporting.bundle import Bundle, Told
from contracts.exporting.folder import to_folder, to_zip
from contracts.exporting.stream import stream

__all__ = ["Bundle", "Told", "stream", "to_folder", "to_zip"]
