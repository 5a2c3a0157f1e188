"""Routes of orgchart."""

from tests.access_rows import Row

ROUTES: dict[str, Row] = {}
