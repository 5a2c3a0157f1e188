"""What the log is asked for: days, person, contract, deed, kind of object, text."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.audit.models import LogEntry
from erp.audit.timeline import audited_models, deed_choices

if TYPE_CHECKING:
    from orgchart.models import User

LAST_DAY = date(9998, 12, 31)
#: People or contracts that one word may stand for.
NAMED = 200


class LogFilter(forms.Form):
    """GET parameters of the audit page; a wrong one says so and filters nothing."""

    start = forms.DateField(label=_("From"), required=False)
    end = forms.DateField(label=_("Until"), required=False)
    person = forms.CharField(label=_("Person"), required=False, max_length=150)
    contract = forms.CharField(label=_("Contract"), required=False, max_length=200)
    deed = forms.ChoiceField(label=_("Deed"), required=False)
    kind = forms.TypedChoiceField(label=_("Object type"), required=False, coerce=int, empty_value=None)
    q = forms.CharField(label=_("Object"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["deed"].choices = [("", _("All deeds")), *deed_choices()]
        kinds = ContentType.objects.get_for_models(*audited_models())
        names = sorted((str(model._meta.verbose_name), kind.pk) for model, kind in kinds.items())
        fields["kind"].choices = [("", _("All objects")), *((pk, name) for name, pk in names)]
        for name in ("start", "end"):
            fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def options(self, name: str) -> str:
        """The options of a choice as one piece of HTML: a widget costs a template for each."""
        chosen = str(self.data.get(name, ""))
        field: Any = self.fields[name]
        rows = ((v, " selected" if str(v) == chosen else "", label) for v, label in field.choices)
        return format_html_join("", '<option value="{}"{}>{}</option>', rows)

    def apply(self, rows: QuerySet[LogEntry], user: User) -> QuerySet[LogEntry]:
        """The rows asked for by the fields that are valid."""
        self.is_valid()
        given = self.cleaned_data
        if start := given.get("start"):
            rows = rows.filter(timestamp__gte=_midnight(start))
        if end := given.get("end"):
            rows = rows.filter(timestamp__lt=_midnight(min(end, LAST_DAY) + timedelta(days=1)))
        if word := given.get("person"):
            rows = rows.filter(_person(word))
        if word := given.get("contract"):
            rows = rows.filter(contract_id__in=_contracts(user, word))
        exact = {"verb": given.get("deed"), "content_type": given.get("kind")}
        rows = rows.filter(**{name: value for name, value in exact.items() if value})
        return rows.filter(object_repr__icontains=given["q"]) if given.get("q") else rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(max(day, date(1, 1, 3)), time()))


def _person(word: str) -> Q:
    users: Any = get_user_model()
    named = users.objects.filter(Q(name__icontains=word) | Q(username__iexact=word))
    return Q(actor_id__in=list(named.order_by().values_list("pk", flat=True)[:NAMED])) | Q(actor_name=word)


def _contracts(user: User, word: str) -> list[int]:
    return [
        pk
        for named in register.entries("erp.contract_names").values()
        for pk in named.find(user, word, NAMED)
    ]
