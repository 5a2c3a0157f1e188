"""Applications for acceptance with their rounds, steps, checked items and defects; checklist templates."""

from acceptance.models.applications import Acceptance, AcceptanceLevels, AcceptanceRound
from acceptance.models.steps import AcceptanceDefect, AcceptanceItem, AcceptanceStep
from acceptance.models.templates import Check, ChecklistTemplate, checks_for

__all__ = [
    "Acceptance",
    "AcceptanceDefect",
    "AcceptanceItem",
    "AcceptanceLevels",
    "AcceptanceRound",
    "AcceptanceStep",
    "Check",
    "ChecklistTemplate",
    "checks_for",
]
