"""The fan-out benchmark runs at a reduced size and loses nothing; how fast is not asserted here."""

import json
import subprocess
import sys

from django.conf import settings


def test_fanout_reports_a_ratio_and_delivers_all(tmp_path):
    out = tmp_path / "fanout.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.fanout", "--deliveries", "60", "--json", str(out)],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(out.read_text())
    assert (report["deliveries"], report["sent"], report["other"]) == (60, 60, 0)
    assert report["ratio"] > 0
