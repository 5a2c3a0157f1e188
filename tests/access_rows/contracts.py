"""Routes of contracts."""

from tests.access_rows import Row

ROUTES: dict[str, Row] = {}
