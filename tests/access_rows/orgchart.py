"""Routes of orgchart."""

from tests.access_rows import Row

ROUTES: dict[str, Row] = {
    "orgchart:login": Row("public", methods=("GET", "POST")),
    "orgchart:logout": Row("public", methods=("POST",)),
    "orgchart:admin_login": Row("public"),
    "orgchart:admin_logout": Row("public", methods=("POST",)),
}
