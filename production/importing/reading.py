"""Files as sheets of plain cells: the kernel's reader, by the name that the import calls it."""

from erp.reading import MOST_BYTES, MOST_ROWS, Sheet, Unreadable, read

__all__ = ["MOST_BYTES", "MOST_ROWS", "Sheet", "Unreadable", "read"]
