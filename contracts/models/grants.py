"""What `sync_grants` derives, and the counter of project codes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contracts.models.contract import Contract
from erp.access import GroupGrant, UserGrant


class CodeYear(models.Model):
    """The last project code issued in a year; locked while the next one is taken."""

    year = models.PositiveIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class ContractUserGrant(UserGrant):
    """What one person may do in one contract. Derived; written by `sync_grants` only.

    `live` repeats whether the contract is in a live stage: so the length of a person's list is read
    from one index, without a look at each contract."""

    content_object = models.ForeignKey(Contract, models.CASCADE, related_name="user_grants")
    live = models.BooleanField(default=True, editable=False)

    class Meta(UserGrant.Meta):
        abstract = False
        default_permissions = ()
        indexes = [models.Index(fields=["user", "permission"], condition=Q(live=True), name="grant_live")]


class ContractGroupGrant(GroupGrant):
    """What a customer company may do in one contract. Derived; written by `sync_grants` only."""

    content_object = models.ForeignKey(Contract, models.CASCADE, related_name="group_grants")
    live = models.BooleanField(default=True, editable=False)

    class Meta(GroupGrant.Meta):
        abstract = False
        default_permissions = ()
        indexes = [
            models.Index(fields=["group", "permission"], condition=Q(live=True), name="group_grant_live")
        ]
