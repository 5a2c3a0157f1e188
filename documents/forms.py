"""What people type and choose about documents."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from documents.models import Document, DocumentType
from documents.queries import document_types, team_departments, team_people
from erp import register
from erp.conflict import VersionedForm
from orgchart.models import Department, Person

#: The type that is chosen before anybody chooses.
USUAL_TYPE = "technical"


class TypeField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for mypy only
    """A type of document, with who reads its documents."""

    def __init__(self, **more: Any) -> None:
        super().__init__(DocumentType.objects.active(), label=_("Type"), empty_label=None, **more)

    def label_from_instance(self, obj: Any) -> str:
        flags = ("for_team", "for_quality", "for_procurement", "for_finance")
        readers = [str(AUDIENCE_WORDS[flag]) for flag in flags if getattr(obj, flag)]
        return f"{obj} · {str(_(', ')).join(readers)}" if readers else str(obj)


AUDIENCE_WORDS = {
    "for_team": _("team"),
    "for_quality": _("quality"),
    "for_procurement": _("procurement"),
    "for_finance": _("sales and finance"),
}


class UploadForm(forms.Form):
    """What comes along with files; `token` makes sending it twice the same as once, `on` names a thing
    to hang them on."""

    type = TypeField()
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    on = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        types, open_types = self.fields["type"], [kind for kind in document_types() if kind.active]
        types.choices = [(kind.pk, types.label_from_instance(kind)) for kind in open_types]  # type: ignore[attr-defined]
        wanted = self._usual_type()
        usual = [kind.pk for kind in open_types if kind.slug == wanted]
        self.initial.setdefault("type", usual[0] if usual else None)
        self.initial.setdefault("token", secrets.token_urlsafe(24))

    def _usual_type(self) -> str:
        """The type that fits the thing the files will hang on."""
        label = str(self.initial.get("on", "")).partition(":")[0]
        anchor = register.entries("documents.anchors").get(label)
        return (anchor.type if anchor else "") or USUAL_TYPE


class VersionForm(forms.Form):
    """A note for the next version; the file comes beside it."""

    note = forms.CharField(label=_("Note"), max_length=300, required=False, help_text=_("What has changed."))
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial.setdefault("token", secrets.token_urlsafe(24))


class DocumentForm(VersionedForm):
    """Title, and for those who may share it: type and preview only."""

    title = forms.CharField(label=_("Title"), max_length=200)
    type = TypeField()
    preview_only = forms.BooleanField(
        label=_("Preview only"),
        required=False,
        help_text=_("Others read it in the browser, as watermarked pages, and cannot download it."),
    )

    def __init__(self, *args: Any, document: Document, may_share: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        kinds: Any = self.fields["type"]
        kinds.queryset = DocumentType.objects.active() | DocumentType.objects.filter(pk=document.type_id)
        if not may_share:
            del self.fields["type"], self.fields["preview_only"]

    @staticmethod
    def values_of(document: Document) -> dict[str, Any]:
        names = ("version", "title", "type", "preview_only")
        return {name: getattr(document, name) for name in names}

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class ShareForm(forms.Form):
    """One person or one department of the team."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Person"), required=False, empty_label="—")
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, empty_label="—"
    )

    def __init__(self, *args: Any, document: Document, **more: Any) -> None:
        super().__init__(*args, **more)
        fields: Any = self.fields
        shared = document.shares.order_by()
        people = team_people(document.contract).exclude(
            pk__in=shared.filter(person__isnull=False).values("person")
        )
        fields["person"].queryset = people.order_by("pinyin", "pk")
        fields["department"].queryset = team_departments(document.contract).exclude(
            pk__in=shared.filter(department__isnull=False).values("department")
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("person")) == bool(data.get("department")) and not self.errors:
            raise ValidationError(_("Share with a person or with a department."))
        return data
