"""manage.py as an operator runs it: a process of its own, a DATA_DIR of its own."""

import os
import subprocess
import sys

from django.conf import settings


def environment(data_dir, **more):
    """What the process sees: nothing of this test run's settings but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
    return {**kept, "DATA_DIR": str(data_dir), "PYTHONUTF8": "1", **more}


def command(*args):
    return [sys.executable, "-W", "ignore", "manage.py", *args]


def manage(*args, data_dir, timeout=240, **env):
    return subprocess.run(  # noqa: S603
        command(*args),
        cwd=settings.BASE_DIR,
        env=environment(data_dir, **env),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
