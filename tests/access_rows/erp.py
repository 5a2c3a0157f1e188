"""Kernel routes."""

from tests.access_rows import TOP, Row

ROUTES = {
    "dashboard": Row("site"),
    "quick": Row("site"),
    "activity": Row("site"),
    "security": Row("site", may=frozenset({"admin"})),
    "health": Row("site", may=frozenset({"admin"})),
    "search": Row("site"),
    "audit": Row("site", may=TOP | {"pm", "leader.mech", "leader.elec", "leader.assembly"}),
    "help": Row("site"),
    "healthz": Row("public"),
    "readyz": Row("public"),
    "preference": Row("public", methods=("POST",), kwargs=lambda cast, contract: {"name": "theme"}),
    "set_language": Row("public", methods=("POST",)),
}
