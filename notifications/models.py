"""Messages to people. The text is written when it is read, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.access import ScopedQuerySet

if TYPE_CHECKING:
    from orgchart.models import User


class MessageQuerySet(ScopedQuerySet["Message"]):
    def for_user(self, user: User, verb: str = "view") -> MessageQuerySet:
        """Own messages about things one may (still) see; nobody reads another's, boss or not."""
        own = self.filter(recipient=user)
        types = set(own.order_by().values_list("target_type", flat=True).distinct())
        if not types:
            return own.none()
        visible = Q(target_type=None)
        for kind in ContentType.objects.in_bulk([pk for pk in types if pk]).values():
            rows: Any = kind.model_class()
            seen = rows._default_manager.for_user(user).order_by().values("pk")
            visible |= Q(target_type=kind, target_id__in=seen)
        return own.filter(visible)

    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)


class Message(models.Model):
    """One message to one person about one thing: unique per (key, recipient)."""

    key = models.CharField(max_length=200, help_text="Names the occurrence that this tells of.")
    event = models.CharField(_("event"), max_length=60)
    params = models.JSONField(default=dict)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="messages",
        verbose_name=_("recipient"),
    )
    actor_name = models.CharField(_("from"), max_length=150, blank=True)
    target_type = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    target_id = models.BigIntegerField(null=True)
    target = GenericForeignKey("target_type", "target_id")
    created = models.DateTimeField(_("sent"), auto_now_add=True)
    read_at = models.DateTimeField(_("read"), null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["key", "recipient"], name="message_once")]
        indexes = [models.Index(fields=["recipient", "read_at", "id"], name="message_inbox")]

    def __str__(self) -> str:
        """The sentence, in the language now active."""
        event = register.entries("notifications.events").get(self.event)
        if event is None:
            return str(self.event)
        try:
            sentence: str = str(event.text) % {k: _said(v) for k, v in self.params.items()}
        except (KeyError, ValueError, TypeError, AttributeError):
            return str(event.title)
        return sentence


def _said(value: Any) -> str:
    """A stored parameter: plain text, or a word kept as its message id for the reader's language."""
    word = value.get("word", "") if isinstance(value, dict) else ""
    return gettext(word) if word else str(value)
