"""Routes of orgchart."""

from collections.abc import Callable
from datetime import date
from typing import Any

from erp.models import ImportJob
from orgchart.models import CalendarDay, Department, Leave
from tests.access_rows import CUSTOMERS, NOBODY, OFFICE, TOP, Row

FORM = ("GET", "POST")


def of(part: str, name: str) -> Callable[[Any, Any], dict[str, Any]]:
    return lambda cast, contract: {"pk": getattr(cast, part)[name].pk}


PERSON, DEPARTMENT = of("people", "outsider"), of("departments", "software")
USER, COMPANY = of("users", "outsider"), of("companies", "a")
SELLING = TOP | {"sales"}


def day_pk(cast: Any, contract: Any) -> dict[str, Any]:
    """A day off of the mechanical department, which its leader keeps."""
    mechanical = lead(cast)
    day, _new = CalendarDay.objects.get_or_create(department=mechanical, day=date(2027, 3, 1))
    return {"pk": day.pk}


def leave_pk(cast: Any, contract: Any) -> dict[str, Any]:
    """Leave of staff.mech, whom leader.mech leads; the foreign one is the boss's."""
    lead(cast)
    person = cast.people["boss" if contract == cast.foreign else "staff.mech"]
    span = {"first": date(2027, 3, 1), "last": date(2027, 3, 2)}
    leave, _new = Leave.objects.get_or_create(person=person, **span, defaults={"pk": 770_000 + person.pk})
    return {"pk": leave.pk}


def calendar_job_pk(cast: Any, contract: Any) -> dict[str, Any]:
    """An import between look and confirmation; nobody but its owner knows of it."""
    job, _new = ImportJob.objects.get_or_create(
        kind="calendar", owner=cast["boss"], file_name="x.csv", payload={}, defaults={"pk": 880_001}
    )
    return {"pk": job.pk}


def lead(cast: Any) -> Department:
    mechanical: Department = cast.departments["mechanical"]
    Department.objects.filter(pk=mechanical.pk).update(leader=cast.people["leader.mech"])
    return mechanical


KEEPS_LEAVE = TOP | {"leader.mech"}
ROUTES: dict[str, Row] = {
    "orgchart:login": Row("public", methods=FORM),
    "orgchart:logout": Row("public", methods=("POST",)),
    "orgchart:admin_login": Row("site", frozenset({"admin"})),  # on to the door; others signed in already
    "orgchart:admin_logout": Row("public", methods=("POST",)),
    "orgchart:admin_password": Row("site"),
    "orgchart:account": Row("site", OFFICE | CUSTOMERS, methods=FORM),
    "orgchart:account_password": Row("site", OFFICE | CUSTOMERS, methods=("POST",)),
    "orgchart:account_sessions": Row("site", OFFICE | CUSTOMERS, methods=("POST",)),
    "orgchart:calendar": Row("site"),
    "orgchart:calendar_week": Row("site", TOP, methods=FORM),
    "orgchart:calendar_day_new": Row("site", TOP, methods=FORM),
    "orgchart:calendar_day_edit": Row("site", KEEPS_LEAVE, methods=FORM, kwargs=day_pk),
    "orgchart:calendar_day_remove": Row("site", KEEPS_LEAVE, methods=FORM, kwargs=day_pk),
    "orgchart:leave": Row("site"),
    "orgchart:leave_new": Row("site", TOP, methods=FORM),
    "orgchart:leave_edit": Row("contract", KEEPS_LEAVE, frozenset({"staff.mech"}), FORM, leave_pk),
    "orgchart:leave_remove": Row("contract", KEEPS_LEAVE, frozenset({"staff.mech"}), FORM, leave_pk),
    "orgchart:calendar_import": Row("site", TOP, methods=FORM),
    "orgchart:calendar_template": Row("site", TOP),
    "orgchart:calendar_import_job": Row("contract", frozenset({"boss"}), NOBODY, FORM, calendar_job_pk),
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
