"""What came of an item, and every day that was promised for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.access import ScopedQuerySet
from erp.dates import FIRST_DAY, LAST_DAY
from erp.models import Record
from orgchart.models import Person
from procurement.models.item import LEAST, MOST, ProcurementItem

if TYPE_CHECKING:
    from orgchart.models import User


class OfItemQuerySet(ScopedQuerySet[Any]):
    def within(self, user: User, verb: str) -> Q:
        """As the item."""
        return Q(item__in=ProcurementItem.objects.for_user(user, verb).order_by().values("pk"))


class OfItem(Record):
    """A row that hangs on an item: seen, frozen and filed with it."""

    item: Any
    objects = OfItemQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True

    def frozen(self) -> str:
        why: str = self.item.frozen()
        return why

    def get_additional_data(self) -> dict[str, Any]:
        place: dict[str, Any] = self.item.get_additional_data()
        return place


class Arrival(OfItem):
    """Goods that came on one day: how many of them are no good is part of the fact."""

    item = models.ForeignKey(
        ProcurementItem, models.PROTECT, related_name="arrivals", verbose_name=_("procurement item")
    )
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=14,
        decimal_places=3,
        validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)],
    )
    unit = models.CharField(_("unit"), max_length=20)
    arrived_on = models.DateField(_("arrived on"))
    receiver = models.ForeignKey(Person, models.PROTECT, related_name="received", verbose_name=_("receiver"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    defect = models.TextField(pgettext_lazy("arrival", "defect"), blank=True, max_length=2000)
    defective_quantity = models.DecimalField(
        _("defective quantity"),
        max_digits=14,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MOST)],
    )

    class Meta(OfItem.Meta):
        abstract = False
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")
        ordering = ["arrived_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="arrival_quantity"),
            models.CheckConstraint(
                condition=Q(defective_quantity__gte=0) & Q(defective_quantity__lte=F("quantity")),
                name="arrival_defective",
            ),
        ]
        indexes = [models.Index(fields=["arrived_on"], name="arrival_day")]

    def __str__(self) -> str:
        return f"{self.item}: {self.quantity.normalize():f} {self.unit}"

    def clean(self) -> None:
        if not FIRST_DAY <= self.arrived_on <= LAST_DAY:
            raise ValidationError({"arrived_on": _("Days lie between the years 2000 and 2100.")})
        for name in ("quantity", "defective_quantity"):
            field: Any = self._meta.get_field(name)
            try:
                setattr(self, name, field.clean(getattr(self, name), self))
            except ValidationError as bad:
                raise ValidationError({name: bad.messages}) from bad
        if self.defective_quantity > self.quantity:
            raise ValidationError({"defective_quantity": _("More is defective than arrived.")})
        if self.defective_quantity and not self.defect.strip():
            raise ValidationError({"defect": _("Say what is wrong with the defective part.")})

    @property
    def flawed(self) -> bool:
        return bool(self.defect or self.defective_quantity)


class PromisedDate(OfItem):
    """A day the supplier promised; never changed, the newest one holds."""

    item = models.ForeignKey(
        ProcurementItem, models.PROTECT, related_name="promises", verbose_name=_("procurement item")
    )
    day = models.DateField(_("promised for"))
    before = models.DateField(_("promised before"), null=True)
    told_on = models.DateField(_("told on"), default=timezone.localdate)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )

    class Meta(OfItem.Meta):
        abstract = False
        verbose_name = _("promised date")
        verbose_name_plural = _("promised dates")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.item}: {self.day}"
