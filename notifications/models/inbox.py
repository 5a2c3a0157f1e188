"""Messages to people. The text is written when it is read, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.access import ScopedQuerySet
from notifications.events import known, wording

if TYPE_CHECKING:
    from orgchart.models import User


class MessageQuerySet(ScopedQuerySet["Message"]):
    def for_user(self, user: User, verb: str = "view") -> MessageQuerySet:
        """Own messages about things one may (still) see, and about money only with the right to it;
        nobody reads another's, boss or not."""
        own = self.filter(recipient=user)
        told: dict[int | None, dict[str, list[str]]] = {}
        for kind, event in own.order_by().values_list("target_type", "event").distinct():
            told.setdefault(kind, {}).setdefault(known(event).right or "view", []).append(event)
        if not told:
            return own.none()
        visible = Q(target_type=None)
        for target, rights in told.items():
            if target is not None:
                visible |= _seen(user, target, rights)
        return own.filter(visible)

    def unread(self) -> MessageQuerySet:
        return self.filter(read_at=None)


def _seen(user: User, kind: int, rights: dict[str, list[str]]) -> Q:
    """Messages about rows of `kind` on which `user` holds what their events ask for."""
    rows: Any = ContentType.objects.get_for_id(kind).model_class()
    seen = Q()
    for right, events in rights.items():
        part = Q(target_id__in=rows._default_manager.for_user(user, right).order_by().values("pk"))
        seen |= part if list(rights) == ["view"] else part & Q(event__in=events)
    return Q(target_type=kind) & seen


class Occurrence(models.Model):
    """What is told: an event about a thing, with the words it needs. Composed when it is read or sent,
    in the reader's language."""

    key = models.CharField(max_length=200, help_text="Names the occurrence that this tells of.")
    event = models.CharField(_("event"), max_length=60)
    params = models.JSONField(default=dict)
    actor_name = models.CharField(_("from"), max_length=150, blank=True)
    target_type = models.ForeignKey(ContentType, models.PROTECT, null=True, related_name="+")
    target_id = models.BigIntegerField(null=True)
    target = GenericForeignKey("target_type", "target_id")
    created = models.DateTimeField(_("sent"), auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """The sentence, in the language now active."""
        return wording(self.event, self.params).text


class Message(Occurrence):
    """One message to one person about one thing: unique per (key, recipient)."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="messages",
        verbose_name=_("recipient"),
    )
    read_at = models.DateTimeField(_("read"), null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["key", "recipient"], name="message_once")]
        indexes = [models.Index(fields=["recipient", "read_at", "id"], name="message_inbox")]
