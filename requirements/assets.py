"""Copy the few browser files the pages use from node_modules into static/vendor.

Run by `make setup`; needs only Python. Nothing that a page loads may point to another host, so web
fonts are cut out of the style sheets, and source maps are not referred to.
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
ICONS = ROOT / "static" / "icons.txt"
TARGET = ROOT / "static" / "vendor"
STAMP = TARGET / ".stamp"

FILES = {
    "@tabler/core": ["dist/css/tabler.min.css"],
    "dhtmlx-gantt": ["codebase/dhtmlxgantt.css", "codebase/dhtmlxgantt.js"],
    "frappe-gantt": ["dist/frappe-gantt.css", "dist/frappe-gantt.umd.js"],
    "echarts": ["dist/echarts.simple.min.js"],
}
#: Parts of the document viewer, each package in a folder of its own, because its files name each other.
FOLDERS = {
    "pdfjs-dist": (
        "pdfjs",
        [
            "legacy/build/pdf.min.mjs",  # the same program, also for browsers a few years old
            "legacy/build/pdf.worker.min.mjs",
            "legacy/web/pdf_viewer.mjs",
            "legacy/web/pdf_viewer.css",
            "legacy/web/images",
            "cmaps",
            "standard_fonts",
            "iccs",
            "wasm",
        ],
    ),
    "three": (
        "three",
        [
            "build/three.core.js",
            "build/three.module.js",
            "examples/jsm/loaders/STLLoader.js",
            "examples/jsm/controls/OrbitControls.js",
        ],
    ),
    "occt-import-js": (
        "occt",
        [
            "dist/occt-import-js-worker.js",
            "dist/occt-import-js.js",
            "dist/occt-import-js.wasm",
            "dist/license.occt.txt",
        ],
    ),
}
SPRITE = "@tabler/icons-sprite"
INSIDE_BUNDLES = ["zrender", "tslib"]

FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
ELSEWHERE = re.compile(r"url\(\s*[\"']?(?:https?:)?//")
SOURCE_MAP = re.compile(r"(/\*[#@] sourceMappingURL=[^*]*\*/|//[#@] sourceMappingURL=\S*)\s*\Z")
BARE_IMPORT = re.compile(r"(?<=from )'three'")  # pages have no import map: it would be an inline script
SYMBOL = re.compile(r'<symbol id="tabler-([^"]+)".*?</symbol>', re.DOTALL)


def main() -> None:
    if not MODULES.is_dir():
        sys.exit("assets: node_modules is missing; run `make setup`.")
    fingerprint = inputs_fingerprint()
    if STAMP.exists() and STAMP.read_text() == fingerprint:
        return
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for package, paths in FILES.items():
        for path in paths:
            copy_browser_file(MODULES / package / path, TARGET)
    for package, (folder, paths) in FOLDERS.items():
        for path in paths:
            copy_any(MODULES / package / path, TARGET / folder)
    write_sprite()
    for package in [*FILES, *FOLDERS, SPRITE, *INSIDE_BUNDLES]:
        copy_licences(package)
    STAMP.write_text(fingerprint)


def inputs_fingerprint() -> str:
    """One digest over everything that decides the result."""
    inputs = [Path(__file__), ROOT / "package-lock.json", ICONS]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()


def copy_any(source: Path, target: Path) -> None:
    """A folder as it is, with the licences in it; scripts and style sheets as browser files; the rest
    byte for byte."""
    target.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target / source.name, copy_function=shutil.copyfile)
    elif source.suffix in {".js", ".mjs", ".css"}:
        copy_browser_file(source, target)
    else:
        shutil.copyfile(source, target / source.name)


def copy_browser_file(source: Path, target: Path) -> None:
    text = SOURCE_MAP.sub("", source.read_text(encoding="utf-8"))
    text = BARE_IMPORT.sub("'./three.module.js'", text)
    if source.suffix == ".css":
        text = FONT_FACE.sub("", text)  # from other hosts, or as data: URLs that the policy blocks
        if ELSEWHERE.search(text) or "@import" in text:
            sys.exit(f"assets: {source.name} still loads something from another host.")
    (target / source.name).write_text(text, encoding="utf-8", newline="\n")


def write_sprite() -> None:
    sprite = (MODULES / SPRITE / "dist" / "tabler-sprite.svg").read_text(encoding="utf-8")
    symbols = {match[1]: match[0] for match in SYMBOL.finditer(sprite)}
    lines = (line.partition("#")[0].strip() for line in ICONS.read_text("utf-8").splitlines())
    wanted = sorted({line for line in lines if line})
    if unknown := [name for name in wanted if name not in symbols]:
        sys.exit(f"assets: no such Tabler icon in static/icons.txt: {', '.join(unknown)}")
    body = "\n".join(symbols[name].replace('id="tabler-', 'id="', 1) for name in wanted)
    document = f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'
    (TARGET / "icons.svg").write_text(document, encoding="utf-8", newline="\n")


def copy_licences(package: str) -> None:
    folder = TARGET / "licenses" / package.replace("/", "-")
    folder.mkdir(parents=True)
    found = [
        path
        for path in (MODULES / package).iterdir()
        if path.is_file() and path.stem.lower() in {"license", "licence", "notice", "copying"}
    ]
    for path in found:
        shutil.copyfile(path, folder / path.name)
    if not found:
        (folder / "package.json").write_bytes((MODULES / package / "package.json").read_bytes())


if __name__ == "__main__":
    main()
