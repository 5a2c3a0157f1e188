"""Fail when something the running program needs is under a licence that would bind its users.

Looks only at what requirements/base.txt locks and at the browser packages of package-lock.json;
tools for tests and linting may be under any licence. Run by `make lint`.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==[^ ]+( ;)?", re.MULTILINE)

FREE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|MPL|Mozilla Public|PSF|Python Software Foundation|ZPL|Zope Public"
    r"|Unlicense|HPND|CC0|Public Domain|Dual License)\b",
    re.IGNORECASE,
)
STRONG_COPYLEFT = re.compile(r"(?<![A-Z])A?GPL|GNU (Affero )?General Public", re.IGNORECASE)

# Looked at one by one; each is named in NOTICE.
ALLOWED = {
    "psycopg": "LGPL, used unchanged as a library",
    "psycopg-binary": "LGPL, used unchanged as a library",
    "mssql-python": "MIT by its licence file, which the metadata does not say",
    "occt-import-js": "LGPL, a file of its own that the 3-D viewer loads unchanged",
    "mssql-python-odbc": "Microsoft ODBC driver, installed by the user from the package index",
}


def main() -> None:
    found = {**python_licences(), **browser_licences()}
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    problems = [
        f"{name}: {licence}"
        for name, licence in sorted(found.items())
        if name not in ALLOWED and (STRONG_COPYLEFT.search(licence) or not FREE.search(licence))
    ]
    problems += [f"{name}: allowed, but not in NOTICE" for name in ALLOWED if name not in notice]
    if problems:
        sys.exit("licences: not free to ship with the program:\n  " + "\n  ".join(problems))
    print(f"licences: {len(found)} run-time packages are free to use; NOTICE names {len(ALLOWED)}")


def python_licences() -> dict[str, str]:
    """Licence of every locked run-time package by normalised name, "not installed" if missing."""
    lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    locked = {normalised(name): marker for name, marker in LOCKED.findall(lock)}
    command = [sys.executable, "-m", "piplicenses", "--from=all", "--format=json"]
    shown = subprocess.run(
        [*command, "--with-system", "--packages", *sorted(locked)],
        check=True,
        capture_output=True,
        text=True,
    )
    licences = {name: "not installed" for name, marker in locked.items() if not marker}
    for row in json.loads(shown.stdout):
        words = [value for key, value in row.items() if key.startswith("License")]
        licences[normalised(row["Name"])] = " / ".join(words)
    return licences


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def browser_licences() -> dict[str, str]:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {
        path.removeprefix("node_modules/"): package.get("license", "unknown")
        for path, package in packages.items()
        if path and not package.get("dev")
    }


if __name__ == "__main__":
    main()
