"""Collect the texts of every app into its Chinese catalogue, keeping the translations there.

`make messages` updates <app>/locale/zh_Hans/LC_MESSAGES/django.po from the app's Python files and
from its templates; all other templates belong to erp. With `--check` nothing is written and the
exit code is 1 when a text is not in its catalogue or not translated. Needs no gettext.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_Hans"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LITERAL = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(_|n?p?gettext)\(u?{LITERAL}(?:,\s*u?{LITERAL})?(?:,\s*u?{LITERAL})?", re.S)

Text = tuple[str | None, str | tuple[str, ...]]  # context, message (and plural)


def main() -> int:
    settings.configure()
    check = "--check" in sys.argv[1:]
    apps = sorted(path.parent.name for path in ROOT.glob("*/apps.py"))
    return max([update(app, set(apps), check) for app in apps], default=0)


def update(app: str, apps: set[str], check: bool) -> int:
    path = ROOT / app / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
    found = Catalog(project=app)
    for file in files_of(app, apps):
        for context, message in texts_in(file):
            place = (str(file.relative_to(ROOT)), 0)
            found.add(message, context=context, locations=[place])
    if not len(found):
        return 0
    catalogue = new_catalogue(app)
    if path.exists():
        catalogue = read_po(BytesIO(path.read_bytes()), locale=LOCALE, domain="django")
    known = {(message.context, message.id) for message in catalogue if message.id}
    catalogue.update(found, no_fuzzy_matching=True, update_creation_date=False)
    open_texts = [message for message in catalogue if message.id and not translated(message.string)]
    if check:
        missing = [m for m in found if m.id and (m.context, m.id) not in known]
        for text in {id(m): m for m in [*missing, *open_texts]}.values():
            print(f"{app}: not translated: {text.id!r} ({text.locations[0][0]})")
        return int(bool(missing or open_texts))
    buffer = BytesIO()
    write_po(buffer, catalogue, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False)
    if not path.exists() or path.read_bytes() != buffer.getvalue():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getvalue())
    print(f"{app}: {len(catalogue)} texts, {len(open_texts)} to translate")
    return 0


def new_catalogue(app: str) -> Catalog:
    return Catalog(
        LOCALE,
        header_comment=f"# Simplified Chinese texts of {app}; `make messages` keeps the list.",
        project="industrial-flow-erp",
        version="1",
        msgid_bugs_address="none",
        last_translator="none",
        language_team="none",
        fuzzy=False,
    )


def translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def files_of(app: str, apps: set[str]) -> Iterator[Path]:
    yield from sorted((ROOT / app).rglob("*.py"))
    yield from sorted((ROOT / app / "templates").rglob("*.html"))
    templates = ROOT / "templates"
    for file in sorted([*templates.rglob("*.html"), *templates.rglob("*.txt")]):
        folder = file.relative_to(templates).parts[0]
        if (folder if folder in apps else "erp") == app:
            yield file


def texts_in(file: Path) -> Iterator[Text]:
    if file.suffix == ".py":
        with file.open("rb") as source:
            for _, message, _, context in extract("python", source, KEYWORDS):
                yield context, message
        return
    code = templatize(file.read_text(encoding="utf-8"), origin=str(file))
    for call in CALL.finditer(code):
        name, *literals = call.groups()
        words = [ast.literal_eval(literal) for literal in literals if literal]
        context = words.pop(0) if name.startswith(("p", "np")) else None
        yield context, tuple(words[:2]) if name.startswith("n") else words[0]


if __name__ == "__main__":
    sys.exit(main())
