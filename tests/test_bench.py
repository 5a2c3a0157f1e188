"""The benchmark runs at a reduced size and reports every page; how fast is not asserted here."""

import json
import subprocess
import sys

from django.conf import settings


def test_bench_reports_every_measure(tmp_path):
    out = tmp_path / "results.json"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bench", "--scale", "0.006", "--repeat", "2", "--json", str(out)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    sys.stdout.write(done.stdout)
    report = json.loads(out.read_text())
    lines = report["measures"]
    assert lines[0]["ratio"] == 1
    assert report["loaded"]["rows"] > 1000
    assert {line["who"] for line in lines} == {"boss", "staff"}
    assert len(lines) >= 15
    odd = {line["url"]: line["status"] for line in lines if line["status"] not in (200, 204, 302)}
    assert odd == {}
