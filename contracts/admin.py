"""Back office of contracts: through the services, grants never by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from contracts import services
from contracts.models import ChangeOrder, Contract, Delivery, Payment, PaymentMilestone, TeamMember
from erp.admin import BACK_OFFICE, BackOffice


class TeamInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy only
    model = TeamMember
    extra = 0
    can_delete = False
    fields = readonly_fields = ("person", "department", "duty")

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_staff)


@admin.register(Contract)
class ContractAdmin(BackOffice):
    list_display = ("number", "code", "name", "company", "manager", "stage", "status", "planned_delivery")
    list_filter = ("stage", "status")
    list_select_related = ("company", "manager")
    search_fields = ("number", "code", "name", "company__name", "company__pinyin")
    readonly_fields = (
        "code", "stage", "status", "released_on", "delivered_on", "confirmed_on", "archived_at",
        "next_task_end", "version", "created", "changed",
    )  # fmt: skip
    raw_id_fields = ("company", "manager", "sales_person")
    inlines = (TeamInline,)

    def create_model(self, request: Any, obj: Any) -> None:
        fields = {f.name: getattr(obj, f.name) for f in Contract._meta.concrete_fields if f.editable}
        fields.pop("id", None)
        made = services.create_contract(actor=request.user, **fields)
        obj.pk, obj.code = made.pk, made.code

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        services.edit_contract(Contract.objects.get(pk=obj.pk), actor=request.user, version=None, **fields)

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        deed = getattr(services, verb)
        more = {"reason": str(BACK_OFFICE)} if obj.workflow[verb].needs_reason else {}
        deed(obj, actor=request.user, **more)


@admin.register(TeamMember)
class TeamMemberAdmin(BackOffice):
    list_display = ("contract", "person", "department", "duty")
    list_filter = ("duty", "department")
    list_select_related = ("contract", "person", "department")
    search_fields = ("contract__number", "person__name")
    raw_id_fields = ("contract", "person")

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        base = tuple(self.readonly_fields)
        return (*base, "contract", "person", "department") if obj else base

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """`change` is the contract's verb; a place in the team is managed."""
        return bool(request.user.is_staff) and (obj is None or not self._frozen(obj))

    def create_model(self, request: Any, obj: Any) -> None:
        made = services.add_member(
            obj.contract, actor=request.user, person=obj.person, department=obj.department, duty=obj.duty
        )
        obj.pk = made.pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        services.change_duty(TeamMember.objects.get(pk=obj.pk), actor=request.user, duty=obj.duty)


PLANNED = (
    "title", "kind", "percent", "amount", "event", "offset_months", "offset_days", "fixed_on",
    "invoice_number", "invoiced_on", "note",
)  # fmt: skip


@admin.register(PaymentMilestone)
class PaymentMilestoneAdmin(BackOffice):
    list_display = ("contract", "title", "kind", "percent", "amount", "event", "fixed_on", "invoice_number")
    list_filter = ("kind", "event")
    list_select_related = ("contract",)
    search_fields = ("contract__number", "title", "invoice_number")
    raw_id_fields = ("contract",)
    fields = ("contract", *PLANNED, "version", "created", "changed")

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "contract") if obj else tuple(self.readonly_fields)

    def create_model(self, request: Any, obj: Any) -> None:
        fields = {name: getattr(obj, name) for name in PLANNED}
        obj.pk = services.add_milestone(obj.contract, actor=request.user, **fields).pk

    def change_model(self, request: Any, obj: Any, fields: dict[str, Any]) -> None:
        row = PaymentMilestone.objects.get(pk=obj.pk)
        services.edit_milestone(row, actor=request.user, version=None, **fields)


@admin.register(Payment)
class PaymentAdmin(BackOffice):
    """Receipts are booked and taken back, never edited."""

    list_display = ("milestone", "amount", "received_on", "method", "status")
    list_filter = ("status", "method")
    list_select_related = ("milestone__contract",)
    search_fields = ("milestone__contract__number", "milestone__title")
    raw_id_fields = ("milestone",)
    readonly_fields = ("status", "why_taken_back", "version", "created", "changed")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return obj is None and bool(request.user.is_staff)

    def create_model(self, request: Any, obj: Any) -> None:
        made = services.receive_payment(
            obj.milestone,
            actor=request.user,
            amount=obj.amount,
            received_on=obj.received_on,
            method=obj.method,
            note=obj.note,
        )
        obj.pk = made.pk

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        services.take_back_payment(obj, actor=request.user, reason=str(BACK_OFFICE))


class ReadInTheOffice(BackOffice):
    """Made and moved on in the pages, where what follows is shown first; here it is read."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: Any) -> dict[str, Any]:
        return {}


@admin.register(Delivery)
class DeliveryAdmin(ReadInTheOffice):
    list_display = ("contract", "delivered_on", "final", "place", "waybill", "receiver", "state")
    list_filter = ("state", "final")
    list_select_related = ("contract",)
    search_fields = ("contract__number", "waybill", "receiver")


@admin.register(ChangeOrder)
class ChangeOrderAdmin(ReadInTheOffice):
    list_display = ("contract", "number", "title", "state", "price_change", "new_delivery")
    list_filter = ("state",)
    list_select_related = ("contract",)
    search_fields = ("contract__number", "title")
