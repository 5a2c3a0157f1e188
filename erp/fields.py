"""Days and files as forms ask for them."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.dates import FIRST_DAY, LAST_DAY
from erp.reading import MOST_BYTES


class DayField(forms.DateField):
    """A day between 2000 and 2100; full-width digits and 2026年1月2日 are understood."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_validators = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value)
        return super().to_python(value)


class UploadField(forms.FileField):
    """A file of at most `most` bytes, empty ones too: what is wrong inside is told by its reader.
    `accept`: the endings that the browser offers."""

    def __init__(self, *, most: int, accept: str, **kwargs: Any) -> None:
        widget = forms.ClearableFileInput(attrs={"accept": accept})
        super().__init__(allow_empty_file=True, widget=widget, **kwargs)
        self.most = most

    def to_python(self, data: Any) -> Any:
        found = super().to_python(data)
        if found and found.size > self.most:
            text = _("The file is larger than %(n)s MB.") % {"n": self.most // 2**20}
            raise forms.ValidationError(text, code="too_large")
        return found


class SheetForm(forms.Form):
    """A workbook, or a table of text."""

    file = UploadField(
        label=gettext_lazy("workbook or CSV"), most=MOST_BYTES, accept=".xlsx,.xlsm,.csv,.txt,.tsv"
    )
