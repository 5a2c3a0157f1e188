"""Kernel routes."""

from tests.access_rows import CUSTOMERS, OFFICE, Row

ROUTES = {
    "dashboard": Row("site"),
    "quick": Row("site"),
    "search": Row("site"),
    "help": Row("site"),
    "healthz": Row("public"),
    "readyz": Row("public"),
    "preference": Row(
        "site", OFFICE | CUSTOMERS, methods=("POST",), kwargs=lambda cast, contract: {"name": "theme"}
    ),
    "set_language": Row("public", methods=("POST",)),
}
