"""Everything that writes contracts, teams, grants and the derived status."""

from contracts.services.contracts import (
    MONEY_FIELDS,
    archive,
    cancel,
    confirm_delivery,
    create_contract,
    deliver,
    edit_contract,
    may_create,
    normal_number,
    release_plan,
    reopen,
)
from contracts.services.grants import derive_grants, grant_differences, sync_all_grants, sync_grants
from contracts.services.notify import set_group_robots
from contracts.services.status import (
    derived,
    lock_contract,
    read_facts,
    refresh_live,
    refresh_status,
    status_differences,
)
from contracts.services.team import (
    add_member,
    change_duty,
    change_manager,
    demand_some_team,
    join_team,
    remove_member,
)

__all__ = [
    "MONEY_FIELDS",
    "add_member",
    "archive",
    "cancel",
    "change_duty",
    "change_manager",
    "confirm_delivery",
    "create_contract",
    "deliver",
    "demand_some_team",
    "derive_grants",
    "derived",
    "edit_contract",
    "grant_differences",
    "join_team",
    "lock_contract",
    "may_create",
    "normal_number",
    "read_facts",
    "refresh_live",
    "refresh_status",
    "release_plan",
    "remove_member",
    "reopen",
    "set_group_robots",
    "status_differences",
    "sync_all_grants",
    "sync_grants",
]
