"""`python -m bench.documents`: previews of Office files against LibreOffice alone, in the same run.

The floor is the bare converter: the same LibreOffice, warm, without walls, limits, scan, store and
database, asked for the same file. Cold: LibreOffice has to be started first. Cached: the row is there.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.site import prepare

GOAL = 1.3  # × the bare converter, for a warm one-page docx


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    if options.work:
        return work(Path(options.work))
    with tempfile.TemporaryDirectory(prefix="erp-bench-", ignore_cleanup_errors=True) as folder:
        contract = fill(Path(folder))
        say(f"{'':34} {'ms':>8} {'× bare':>7}")
        results = [*one_by_one(contract, options.repeat)]
        results += [throughput(Path(folder), contract, n, options.documents) for n in (1, 2)]
    report = {
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "measures": results,
    }
    if options.json:
        Path(options.json).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the report here")
    parser.add_argument("--repeat", type=int, default=15, help="documents per measure; the median counts")
    parser.add_argument("--documents", type=int, default=60, help="documents for the workers")
    parser.add_argument("--work", metavar="FOLDER", help=argparse.SUPPRESS)
    return parser


def fill(folder: Path) -> Any:
    """A migrated site with one contract."""
    prepare(folder)
    from django.core.management import call_command

    from contracts.models import Contract
    from erp.volume import Plan, load

    call_command("migrate", verbosity=0)
    load(Plan(1, 1, 0))
    return Contract.objects.order_by("pk")[0]


# --- the documents ----------------------------------------------------------------------------------


def letter(number: int) -> bytes:
    """A one-page docx with a table, its text its own."""
    import docx

    document = docx.Document()
    document.add_heading(f"灌装线改造 技术协议 {number}", 1)
    document.add_paragraph("传送带与灌装头的技术要求、交货期与验收标准。" * 6)
    table = document.add_table(4, 3)
    for row in range(4):
        table.cell(row, 0).text = f"第{row}项"
    return saved(document.save)


def report(number: int) -> bytes:
    """A docx of some twenty pages."""
    import docx

    document = docx.Document()
    for part in range(100):
        document.add_heading(f"{number}.{part} 方案", 2)
        document.add_paragraph("传送带与灌装头的技术要求、交货期与验收标准。" * 8)
    return saved(document.save)


def parts(number: int) -> bytes:
    """An xlsx of three hundred rows with formulas."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("清单")
    for row in range(300):
        sheet.write_row(row, 0, [f"零件{number}-{row}", row, "不锈钢"])
        sheet.write_formula(row, 3, f"=B{row + 1}*2", value=row * 2)
    book.close()
    return out.getvalue()


def slides(number: int) -> bytes:
    """A pptx of ten slides."""
    import pptx

    show = pptx.Presentation()
    for page in range(10):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"方案评审 {number}-{page}"
    return saved(show.save)


def saved(save: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


KINDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "docx, 1 page": ("docx", letter),
    "docx, 20 pages": ("docx", report),
    "xlsx, 300 rows": ("xlsx", parts),
    "pptx, 10 slides": ("pptx", slides),
}


# --- one at a time ----------------------------------------------------------------------------------


def one_by_one(contract: Any, repeat: int) -> Iterator[dict[str, Any]]:
    """Each kind warm, the bare converter and ours taking turns; then cold and cached."""
    from documents.conversion.office import office
    from documents.models import Document, DocumentType, DocumentVersion, Preview
    from documents.services.previews import request_preview
    from documents.states import State

    office.warm()
    with bare() as converter:
        for name, (extension, build) in KINDS.items():
            floors, ours = [], []
            for number in range(repeat + 2):
                content = build(number)
                floors.append(converter(content, extension))
                ours.append(made(contract, content, extension))
            floor, mine = median(floors[2:]), median(ours[2:])  # the first of a kind load its filters
            yield told({"name": f"bare converter, {name}", "ms": floor, "ratio": 1.0})
            goal = GOAL if name == "docx, 1 page" else None
            yield told({"name": f"preview, {name}", "ms": mine, "ratio": mine / floor, "goal": goal})
    office.end()
    cold = []
    for number in range(3):
        cold.append(made(contract, letter(1000 + number), "docx"))
        office.end()
    yield told({"name": "preview cold, docx, 1 page", "ms": median(cold)})
    kept = Preview.objects.filter(state=State.READY, extension="docx")[0]
    version = DocumentVersion(
        document=Document(contract=contract, type=DocumentType()),
        key=kept.source,
        sha256=kept.sha256,
        extension="docx",
    )
    cached = [taken(lambda: request_preview(version)) for _ in range(200)]
    if request_preview(version).pk != kept.pk:
        raise SystemExit("the preview was not kept")
    yield told({"name": "preview cached", "ms": median(cached)})


def queued(contract: Any, content: bytes, extension: str) -> Any:
    """The row of a preview, not yet saved, with its content in the store."""
    from django.utils import timezone

    from documents import store
    from documents.conversion.convert import converter_of
    from documents.kinds import KINDS as KNOWN
    from documents.models import Preview

    spooled = store.spool([content], 1 << 30)
    key = f"{store.contract_folder(contract)}/bench/{spooled.sha256}"
    store.put(spooled, key)
    return Preview(
        contract=contract,
        sha256=spooled.sha256,
        extension=extension,
        converter=converter_of(KNOWN[extension]),
        source=key,
        next_at=timezone.now(),
    )


def made(contract: Any, content: bytes, extension: str) -> float:
    """Milliseconds from the bell to the finished row."""
    from documents.services.previews import work_off
    from documents.states import State

    row = queued(contract, content, extension)
    row.save()
    spent = taken(lambda: work_off(row.pk))
    row.refresh_from_db()
    if row.state != State.READY:
        raise SystemExit(f"no preview: {row.state} {row.reason}")
    return spent


@contextmanager
def bare() -> Iterator[Callable[[bytes, str], float]]:
    """LibreOffice without anything of ours around it; a function that converts and takes the time."""
    from documents.conversion.office import program, uno_python
    from documents.conversion.pdf import MOST_PAGES
    from documents.conversion.sandbox import INSIDE

    with tempfile.TemporaryDirectory(prefix="erp-bench-bare-") as folder:
        command = [uno_python() or "", str(INSIDE / "office.py"), str(program()), f"{folder}/profile"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        if process.stdin is None or process.stdout is None:
            raise SystemExit("LibreOffice cannot be asked")
        asked, answers = process.stdin, process.stdout
        answers.readline()

        def convert(content: bytes, extension: str) -> float:
            source = Path(folder, f"in.{extension}")
            source.write_bytes(content)
            order = {"source": str(source), "target": f"{folder}/out.pdf", "pages": MOST_PAGES}
            line = json.dumps(order).encode() + b"\n"

            def exchange() -> None:
                asked.write(line)
                asked.flush()
                if b'"ok"' not in answers.readline():
                    raise SystemExit("the bare converter failed")

            return taken(exchange)

        try:
            yield convert
        finally:
            process.communicate()


# --- workers ----------------------------------------------------------------------------------------


def throughput(folder: Path, contract: Any, workers: int, documents: int) -> dict[str, Any]:
    """Documents a minute that some worker processes finish together, from their first bell on."""
    from documents.models import Preview
    from documents.states import State

    Preview.objects.all().delete()
    rows = [queued(contract, letter(10_000 * workers + n), "docx") for n in range(documents)]
    Preview.objects.bulk_create(rows)
    command = [sys.executable, "-m", "bench.documents", "--work", str(folder)]
    team = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ)  # noqa: S603
        for _ in range(workers)
    ]
    for worker in team:
        worker.stdout.readline()  # type: ignore[union-attr]  # warm
    began = time.perf_counter()
    for worker in team:
        worker.stdin.close()  # type: ignore[union-attr]  # go
    for worker in team:
        worker.stdout.read()  # type: ignore[union-attr]
        worker.wait()
    seconds = time.perf_counter() - began
    done = Preview.objects.filter(state=State.READY).count()
    if done != documents:
        raise SystemExit(f"{done} of {documents} previews were made")
    rate = documents / seconds * 60
    say(f"{f'{workers} worker(s), docx, 1 page':34} {rate:8.0f} a minute")
    return {"name": f"{workers} workers", "per_minute": round(rate, 1)}


def work(folder: Path) -> int:
    """One worker: warm up, say so, wait for the end of the input, work until nothing is due."""
    prepare(folder)
    from documents.conversion.office import office
    from documents.services.previews import claim, make

    office.warm()
    say("warm")
    sys.stdin.read()
    with office.lock:
        while row := claim(heavy=True):
            make(row)
    office.end()
    return 0


def taken(deed: Callable[[], Any]) -> float:
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000


def told(found: dict[str, Any]) -> dict[str, Any]:
    ratio = f"{found['ratio']:7.2f}" if "ratio" in found else ""
    goal = found.get("goal")
    verdict = "" if not goal else f"  goal {goal}: {'met' if found['ratio'] <= goal else 'missed'}"
    say(f"{found['name']:34} {found['ms']:8.2f} {ratio}{verdict}")
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in found.items() if v is not None}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
