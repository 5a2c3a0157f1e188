"""What apps above tell of a contract on the register: costs, sheets of its export, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.models import Contract


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the contract's cost (`contracts.costs`): what it was spent on, how much of it is
    spent already and how much is bound by orders but not spent yet, in `currency`. Besides
    `view_finance` its reader must hold `verb`: purchase prices unless said otherwise; `url` is for who
    holds `page`."""

    label: Any
    spent: Decimal
    bound: Decimal = Decimal(0)
    currency: str = "CNY"
    url: str = ""
    note: Any = ""
    verb: str = "view_purchase_price"
    page: str = "view_procurement"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One list of a contract as it leaves with the export (`contracts.export_sheets`). `rows` gives
    every row, whoever asks: the export is for those who reach all."""

    title: Any
    heads: Sequence[Any]
    rows: Callable[[Contract], Iterable[Sequence[Any]]]
    order: int = 50


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of a contract as it leaves with the export (`contracts.export_files`): where it lies in
    the folder (`/` between folders), when it was made, its hash as stored, and how to read it."""

    path: str
    made: date
    sha256: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that hangs on something of the contract and may prove what was said of it
    (`contracts.evidence`): `key` names it in a form, `sha256` its content."""

    key: str
    title: str
    url: str
    sha256: str
