"""How people named the columns of their bills of materials."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class BomMapping(models.Model):
    """What the columns under these headings are, as somebody said last; others are offered it too."""

    fingerprint = models.CharField(max_length=64)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    mapping = models.JSONField(default=dict)
    unit = models.CharField(max_length=20, blank=True)
    used = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["fingerprint", "owner"], name="bom_mapping_once")]
        indexes = [models.Index(fields=["fingerprint", "used"], name="bom_mapping_latest")]

    def __str__(self) -> str:
        return self.fingerprint[:12]
