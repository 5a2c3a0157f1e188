"""Routes of orgchart."""

from collections.abc import Callable
from typing import Any

from tests.access_rows import CUSTOMERS, OFFICE, TOP, Row

FORM = ("GET", "POST")


def of(part: str, name: str) -> Callable[[Any, Any], dict[str, Any]]:
    return lambda cast, contract: {"pk": getattr(cast, part)[name].pk}


PERSON, DEPARTMENT = of("people", "outsider"), of("departments", "software")
USER, COMPANY = of("users", "outsider"), of("companies", "a")
SELLING = TOP | {"sales"}

ROUTES: dict[str, Row] = {
    "orgchart:login": Row("public", methods=FORM),
    "orgchart:logout": Row("public", methods=("POST",)),
    "orgchart:admin_login": Row("site", frozenset({"admin"})),  # on to the door; others signed in already
    "orgchart:admin_logout": Row("public", methods=("POST",)),
    "orgchart:admin_password": Row("site"),
    "orgchart:account": Row("site", OFFICE | CUSTOMERS, methods=FORM),
    "orgchart:account_password": Row("site", OFFICE | CUSTOMERS, methods=("POST",)),
    "orgchart:account_sessions": Row("site", OFFICE | CUSTOMERS, methods=("POST",)),
    "orgchart:departments": Row("site"),
    "orgchart:department_new": Row("site", TOP, methods=FORM),
    "orgchart:department_edit": Row("site", TOP, methods=FORM, kwargs=DEPARTMENT),
    "orgchart:department_deactivate": Row("site", TOP, methods=FORM, kwargs=DEPARTMENT),
    "orgchart:department_activate": Row("site", TOP, methods=("POST",), kwargs=DEPARTMENT),
    "orgchart:people": Row("site"),
    "orgchart:person_new": Row("site", TOP, methods=FORM),
    "orgchart:person_edit": Row("site", TOP, methods=FORM, kwargs=PERSON),
    "orgchart:person_deactivate": Row("site", TOP, methods=FORM, kwargs=PERSON),
    "orgchart:person_activate": Row("site", TOP, methods=("POST",), kwargs=PERSON),
    "orgchart:users": Row("site", TOP),
    "orgchart:user_new": Row("site", TOP, methods=FORM),
    "orgchart:user_edit": Row("site", TOP, methods=FORM, kwargs=USER),
    "orgchart:user_password": Row("site", TOP, methods=FORM, kwargs=USER),
    "orgchart:user_deactivate": Row("site", TOP, methods=FORM, kwargs=USER),
    "orgchart:user_activate": Row("site", TOP, methods=("POST",), kwargs=USER),
    "orgchart:companies": Row("site"),
    "orgchart:company_new": Row("site", SELLING, methods=FORM),
    "orgchart:company_edit": Row("site", SELLING, methods=FORM, kwargs=COMPANY),
    "orgchart:company_deactivate": Row("site", TOP, methods=FORM, kwargs=COMPANY),
    "orgchart:company_activate": Row("site", TOP, methods=("POST",), kwargs=COMPANY),
    "orgchart:settings": Row("site", TOP, methods=FORM),
    "orgchart:rights": Row("site", TOP, methods=("POST",)),
}
