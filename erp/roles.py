"""Who holds which verb: roles, department functions, and the tables that join them.

Pure data, no models. `FUNCTION_VERBS` is the factory setting; an installation edits its own
copy (`orgchart.FunctionRight`) in the back office.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    ADMIN = "admin", _("Administrator")
    BOSS = "boss", _("Boss")
    LEADER = "leader", _("Department leader")
    STAFF = "staff", _("Staff")
    CUSTOMER = "customer", _("Customer")


class Function(TextChoices):
    SALES = "sales", _("Sales")
    PROCUREMENT = "procurement", _("Procurement")
    MECHANICAL = "mechanical", _("Mechanical")
    ELECTRICAL = "electrical", _("Electrical")
    SOFTWARE = "software", _("Software")
    ASSEMBLY = "assembly", _("Assembly & commissioning")
    QUALITY = "quality", _("Quality")
    SERVICE = "service", _("After-sales service")
    FINANCE = "finance", _("Finance")
    OTHER = "other", _("Other")


class Duty(TextChoices):
    LEADER = "leader", _("Leader")
    CO_LEADER = "co_leader", _("Co-leader")
    MEMBER = "member", _("Member")


LEADING = (Duty.LEADER, Duty.CO_LEADER)
REACH_ALL = (Role.BOSS, Role.ADMIN)

#: What boss and admin may *not* do although they reach every row: (role, model label) → verbs.
WITHHELD: dict[tuple[str, str], frozenset[str]] = {
    (Role.BOSS, "contracts.contract"): frozenset({"follow", "confirm_delivery"}),
    (Role.ADMIN, "contracts.contract"): frozenset(
        {"follow", "confirm_delivery", "release_plan", "reopen", "cancel"}
    ),
    (Role.BOSS, "production.task"): frozenset({"pass", "reject", "recall"}),  # acceptance does
    (Role.ADMIN, "production.task"): frozenset({"pass", "reject", "recall"}),
    (Role.BOSS, "acceptance.acceptance"): frozenset({"accept", "turn_down", "fall_back"}),  # its steps do
    (Role.ADMIN, "acceptance.acceptance"): frozenset({"accept", "turn_down", "fall_back"}),
    (Role.BOSS, "acceptance.acceptanceround"): frozenset({"pass_round", "reject_round", "withdraw_round"}),
    (Role.ADMIN, "acceptance.acceptanceround"): frozenset({"pass_round", "reject_round", "withdraw_round"}),
    (Role.BOSS, "contracts.delivery"): frozenset({"report_missing"}),
    (Role.ADMIN, "contracts.delivery"): frozenset({"report_missing"}),
    (Role.BOSS, "contracts.changeorder"): frozenset({"accept_change", "reject_change"}),
    (Role.ADMIN, "contracts.changeorder"): frozenset({"send_change", "accept_change", "reject_change"}),
}

#: Contract verbs by position in the team. The manager counts as in the team.
MANAGER_VERBS = frozenset(
    {
        "view",
        "change",
        "manage_team",
        "view_tasks",
        "manage_tasks",
        "view_audit",
        "release_plan",
        "deliver",
        "manage_documents",
        "publish_documents",
        "view_procurement",
        "manage_procurement",
        "view_acceptance",
        "apply_acceptance",
        "view_feedback",
        "create_feedback",
        "manage_feedback",
    }
)
MANAGER_FINANCE_VERBS = frozenset({"view_finance", "view_purchase_price"})
DUTY_VERBS: dict[str, frozenset[str]] = {
    Duty.LEADER: frozenset({"view", "view_tasks", "view_team_documents", "view_acceptance"}),
    Duty.CO_LEADER: frozenset({"view", "view_tasks", "view_team_documents", "view_acceptance"}),
    Duty.MEMBER: frozenset({"view"}),
}
CUSTOMER_VERBS = frozenset({"follow"})

#: Contract verbs that a department's function adds for its people in the team.
FUNCTION_VERBS: dict[str, frozenset[str]] = {
    Function.SALES: frozenset(
        {
            "change",
            "view_tasks",
            "view_finance",
            "manage_finance",
            "view_finance_documents",
            "publish_documents",
            "view_purchase_price",
            "view_acceptance",
            "view_feedback",
            "create_feedback",
        }
    ),
    Function.PROCUREMENT: frozenset(
        {
            "view_tasks",
            "view_procurement_documents",
            "view_procurement",
            "manage_procurement",
            "view_purchase_price",
            "view_acceptance",
        }
    ),
    Function.QUALITY: frozenset(
        {"view_tasks", "view_quality_documents", "view_acceptance", "inspect", "view_feedback"}
    ),
    Function.SERVICE: frozenset(
        {
            "view_tasks",
            "view_team_documents",
            "view_acceptance",
            "view_feedback",
            "create_feedback",
            "manage_feedback",
        }
    ),
    Function.FINANCE: frozenset({"view_finance", "manage_finance", "view_finance_documents"}),
}

#: The verbs that `orgchart.FunctionRight` may hand out.
FUNCTION_VERB_CHOICES = [
    ("change", _("Edit contract")),
    ("view_tasks", _("Read all tasks")),
    ("manage_tasks", _("Manage all tasks")),
    ("view_finance", _("Read quote, deal and payments")),
    ("manage_finance", _("Manage quote, deal and payments")),
    ("view_audit", _("Read field changes")),
    ("view_team_documents", _("Read documents for the team")),
    ("view_quality_documents", _("Read documents for quality")),
    ("view_procurement_documents", _("Read documents for procurement")),
    ("view_finance_documents", _("Read documents for sales and finance")),
    ("manage_documents", _("Manage all documents")),
    ("publish_documents", _("Release documents to the customer")),
    ("view_procurement", _("Read all purchases")),
    ("manage_procurement", _("Manage all purchases")),
    ("view_purchase_price", _("Read purchase prices")),
    ("view_acceptance", _("Read all acceptances")),
    ("inspect", _("Decide the quality level of acceptances")),
    ("view_feedback", _("Read all feedback")),
    ("create_feedback", _("Enter feedback")),
    ("manage_feedback", _("Manage all feedback")),
]


def reaches_all(role: str, label: str, verb: str) -> bool:
    """True when `role` may do `verb` on every row of the model `label` (lower case)."""
    return role in REACH_ALL and verb not in WITHHELD.get((role, label), ())
