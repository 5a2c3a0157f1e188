"""Everything that writes the organisation."""

from orgchart.services.calendar import (
    add_leave,
    change_day,
    change_leave,
    editable_departments,
    may_edit_calendar,
    remove_day,
    remove_leave,
    set_day,
    set_days,
    set_week,
)
from orgchart.services.calendar_file import check_days, discard_days, import_days
from orgchart.services.companies import (
    activate_company,
    create_company,
    deactivate_company,
    edit_company,
)
from orgchart.services.departments import (
    activate_department,
    create_department,
    deactivate_department,
    edit_department,
)
from orgchart.services.organisation import (
    create_organisation,
    edit_organisation,
    function_rights,
    set_function_rights,
)
from orgchart.services.people import (
    activate_person,
    create_person,
    deactivate_person,
    edit_contact,
    edit_person,
)
from orgchart.services.records import may_add
from orgchart.services.signin import Throttled, prune_throttles, sign_in, sign_out
from orgchart.services.users import (
    activate_user,
    change_password,
    create_user,
    deactivate_user,
    edit_own_email,
    edit_user,
    end_sessions,
    set_password,
)

__all__ = [
    "Throttled",
    "activate_company",
    "activate_department",
    "activate_person",
    "activate_user",
    "add_leave",
    "change_day",
    "change_leave",
    "change_password",
    "check_days",
    "create_company",
    "create_department",
    "create_organisation",
    "create_person",
    "create_user",
    "deactivate_company",
    "deactivate_department",
    "deactivate_person",
    "deactivate_user",
    "discard_days",
    "edit_company",
    "edit_contact",
    "edit_department",
    "edit_organisation",
    "edit_own_email",
    "edit_person",
    "edit_user",
    "editable_departments",
    "end_sessions",
    "function_rights",
    "import_days",
    "may_add",
    "may_edit_calendar",
    "prune_throttles",
    "remove_day",
    "remove_leave",
    "set_day",
    "set_days",
    "set_function_rights",
    "set_password",
    "set_week",
    "sign_in",
    "sign_out",
]
