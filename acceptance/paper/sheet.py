"""The paper as PDF by typst. Facts go in as data, so that nothing of them is read as markup."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import typst
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from acceptance.paper.codes import Code, Edition
from acceptance.paper.facts import Facts
from acceptance.states import Kind, Level, Mark, Result, Scope, State
from erp.dates import moment
from notifications.papers import chinese_font, fonts

_LAYOUT = """
#let data = json(bytes(sys.inputs.data))
#let w = data.words
#set document(title: data.title)
#set page(paper: "a4", margin: (x: 16mm, top: 16mm, bottom: 20mm),
  footer: context [#set text(8pt, fill: luma(90)); #data.code #h(1fr) #data.foot #h(1fr)
    #counter(page).display() / #counter(page).final().first()])
#set text(font: data.fonts, size: 9.5pt, lang: data.lang)
#set par(leading: 0.7em)
#set table(inset: (x: 4pt, y: 5pt), align: left + top,
  stroke: (x, y) => if y == 0 { (bottom: 0.8pt + luma(40)) } else { (bottom: 0.4pt + luma(200)) })
#let muted(body) = text(fill: luma(90), body)
#let mono(body) = text(font: data.mono, size: 7.5pt, body)
#let pairs(rows) = grid(columns: (auto, 1fr), column-gutter: 6mm, row-gutter: 2.6mm,
  ..rows.map(row => (muted(row.at(0)), row.at(1))).flatten())
#let heads(names) = table.header(..names.map(name => text(weight: "bold", name)))
#let section(body) = block(above: 6mm, below: 3mm, sticky: true, text(12pt, weight: "bold", body))

#text(18pt, weight: "bold", data.title)
#v(1mm)
#pairs(data.head)
#if data.rounds.len() == 0 [#v(4mm) #data.empty]
#for round in data.rounds {
  section(round.title)
  if round.lines.len() > 0 { pairs(round.lines) }
  for step in round.steps {
    block(above: 5mm, below: 2.5mm, sticky: step.items.len() + step.defects.len() > 0, {
      grid(columns: (1fr, auto), column-gutter: 4mm,
        text(10.5pt, weight: "bold", step.title), text(10.5pt, weight: "bold", step.result))
      v(-1mm)
      pairs(step.lines)
    })
    if step.items.len() > 0 {
      v(1mm)
      table(columns: (11mm, 5fr, 18mm, 3fr, 2fr), heads(w.items), ..step.items.map(item => (
        item.number, [#item.text #if item.hint != "" [#linebreak() #muted(text(8pt, item.hint))]],
        item.mark, item.note, item.evidence)).flatten())
    }
    if step.defects.len() > 0 {
      block(above: 4mm, below: 2mm, sticky: true, text(weight: "bold", w.defects_title))
      table(columns: (13mm, 5fr, 2fr, 3fr).slice(0, w.defects.len()), heads(w.defects),
        ..step.defects.map(row => row.map(cell => [#cell])).flatten())
    }
  }
}
#if data.documents.len() > 0 {
  section(w.documents_title)
  table(columns: (14mm, 1fr), heads(w.documents), ..data.documents.map(row => (
    row.on,
    [#row.name #muted(row.version) #linebreak() #muted(text(8pt, row.who)) #linebreak() #mono(row.hash)],
  )).flatten())
}
#block(above: 8mm, breakable: false, width: 100%, inset: 4mm, stroke: 0.8pt + luma(40), radius: 2mm)[
  #text(weight: "bold", w.code) #h(4mm) #text(font: data.mono, size: 12pt, weight: "bold", data.code)
  #v(0.5mm)
  #w.check #linebreak() #mono(data.url)
  #v(0.5mm)
  #muted(text(8pt, w.vouches))
]
"""

#: Parts that are never broken: hashes, addresses and the code are copied from the paper.
AS_IS = frozenset({"hash", "url", "code"})


def check_url(code: Code | str) -> str:
    """The address of the page that checks a code."""
    return f"{settings.APP_BASE_URL}{reverse('acceptance:check')}?{urlencode({'code': str(code)})}"


class Seen(NamedTuple):
    """Documents and rework tasks that the reader may be told by name."""

    documents: set[int]
    tasks: set[int]


def printed(facts: Facts, code: Code, seen: Seen) -> bytes:
    """The paper in the language now active, for a reader who sees so much.
    Raises notifications.papers.NoFont."""
    font = chinese_font()
    content = {
        **content_of(facts, code, seen),
        "fonts": [font, "Libertinus Serif"],
        "mono": ["DejaVu Sans Mono", font],
        "lang": (get_language() or "zh")[:2],
    }
    inputs = {"data": json.dumps(_breakable(content), ensure_ascii=False)}
    made: bytes = typst.compile(_LAYOUT.encode(), format="pdf", sys_inputs=inputs, font_paths=fonts())
    return made


def _breakable(value: Any) -> Any:
    """Words without end may be broken, so that they do not run over their neighbours."""
    if isinstance(value, str):
        return re.sub(r"[!-~]{40,}", lambda word: re.sub("(.{20})", "\\1\u200b", word[0]), value)
    if isinstance(value, dict):
        return {key: inner if key in AS_IS else _breakable(inner) for key, inner in value.items()}
    return [_breakable(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def content_of(facts: Facts, code: Code, seen: Seen) -> dict[str, Any]:
    """All texts of the paper."""
    named = [row for row in facts["documents"] if row["key"] in seen.documents]
    documents = sorted(named, key=lambda row: [int(part) for part in row["on"].split(".") if part])
    seats = [row["on"] for row in documents]
    return {
        "title": _("Acceptance certificate"),
        "head": _head(facts, code),
        "rounds": [_round(row, seats, seen) for row in facts["rounds"]],
        "documents": [_document(row) for row in documents],
        "empty": _("Nothing is decided yet."),
        "code": str(code),
        "url": check_url(code),
        "foot": f"{facts['contract']} · {facts['title']}",
        "words": _words(code.edition),
    }


def _words(edition: Edition) -> dict[str, Any]:
    defects = [_("Item"), _("Defect"), _("Mended by"), _("Rework task")]
    return {
        "items": [_("No."), _("Item"), _("Finding"), _("Note"), _("Evidence")],
        "defects_title": _("Defects"),
        "defects": defects if edition == Edition.OFFICE else defects[:2],
        "documents_title": _("Photos and documents"),
        "documents": [_("Item"), _("File name and SHA-256")],
        "code": _("Verification code"),
        "check": _("Whether this paper still agrees with the records, this page says:"),
        "vouches": _(
            "The code is a keyed hash over everything recorded of this acceptance up to the time above. "
            "Change a word on paper or in the records, and they no longer agree."
        ),
    }


def _head(facts: Facts, code: Code) -> list[tuple[str, str]]:
    edition = _("Customer's copy") if code.edition == Edition.CUSTOMER else _("Office copy")
    kind = str(Kind(facts["kind"]).label) if facts["kind"] else ""
    accepted = facts["task"] if facts["scope"] == Scope.TASK else kind or _("The contract as a whole")
    lines = [
        (_("Contract"), f"{facts['contract']} {facts['contract_name']}"),
        (_("Customer company"), facts["company"]),
        (_("Accepted is"), f"{Scope(facts['scope']).label} · {accepted}"),
        (_("Application"), f"{facts['number']} · {facts['title']}"),
        (_("Department"), facts["department"]),
        (_("As of"), f"{moment(code.until)} ({settings.TIME_ZONE})"),
        (_("Copy"), edition),
    ]
    return [(label, text) for label, text in lines if text]


def _round(row: Facts, seats: list[str], seen: Seen) -> dict[str, Any]:
    lines = []
    if "opened_at" in row:
        lines = [
            (_("Applied by"), f"{row['applied_by'] or '—'} · {_moment(row['opened_at'])}"),
            (_("Work done by"), row["worker"]),
            (_("Note"), row["note"]),
            (_("Result"), str(State(row["result"]).label)),
        ]
    return {
        "title": _("Round %(n)s") % {"n": row["number"]},
        "lines": [(label, text) for label, text in lines if text],
        "steps": [_step(row["number"], step, seats, seen) for step in row["steps"]],
    }


def _step(number: int, step: Facts, seats: list[str], seen: Seen) -> dict[str, Any]:
    proof = step["proof"]
    lines = [
        (_("Decided by"), f"{step['decided_by']} · {_moment(step['decided_at'])}"),
        ("", _("on behalf of the customer") if step["on_behalf"] else ""),
        (_("On the paper"), f"{proof['file_name']} · SHA-256 {proof['sha256']}" if proof else ""),
        (_("Reason"), step["reason"]),
    ]
    return {
        "title": f"{step['level']} · {Level(step['level']).label}",
        "result": str(Result(step["result"]).label),
        "lines": [(label, text) for label, text in lines if text],
        "items": [_item(f"{number}.{step['level']}.", item, seats) for item in step["items"]],
        "defects": [_defect(row, seen) for row in step["defects"]],
    }


def _item(place: str, item: Facts, seats: list[str]) -> dict[str, str]:
    seat = f"{place}{item['position']}"
    notes = [item["note"]]
    if item["origin"]:
        notes.append(_("checked in round %(n)s") % {"n": item["origin"].partition(".")[0]})
        seat = seat if seat in seats else item["origin"]
    hint = item["hint"]
    if not item["mandatory"]:
        hint = " · ".join(filter(None, [_("not mandatory"), hint]))
    count = seats.count(seat)
    evidence = _("see %(place)s (%(n)s)") % {"place": seat, "n": count} if count else ""
    return {
        "number": str(item["position"]),
        "text": item["text"],
        "hint": hint,
        "mark": str(Mark(item["mark"]).label),
        "note": " · ".join(filter(None, notes)),
        "evidence": evidence or (_("asked for") if item["needs_evidence"] else ""),
    }


def _defect(row: Facts, seen: Seen) -> list[str]:
    found = [str(row["item"] or ""), row["text"]]
    if "task" not in row:
        return found
    task = f"#{row['task']} {row['task_name']}" if row["task"] in seen.tasks else "—"
    return [*found, row["department"], task]


def _document(row: Facts) -> dict[str, str]:
    who = " · ".join(filter(None, [row["uploaded_by"], _moment(row["uploaded_at"])]))
    return {
        "on": row["on"] or pgettext("place of a document", "all"),
        "name": row["file_name"],
        "version": f"v{row['version']}",
        "who": who,
        "hash": row["sha256"],
    }


def _moment(instant: str) -> str:
    return moment(datetime.fromisoformat(instant)) if instant else ""
