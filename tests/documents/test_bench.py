"""The benchmark of uploads and searches runs at a reduced size; how fast is not asserted here."""

import json
import subprocess
import sys

from django.conf import settings


def test_bench_reports_uploads_and_searches(tmp_path):
    out = tmp_path / "results.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.documents_upload", "--megabytes", "8", "--documents", "150",
         "--json", str(out)],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    lines = {line["name"]: line for line in json.loads(out.read_text())["measures"]}
    for name in ("upload to serve", "upload to gunicorn"):
        assert lines[name]["ratio"] > 0
        assert lines[name]["grown_mb"] < 64  # however large the file
    assert lines["search, frequent (boss)"]["hits"] == 9
    assert lines["search, absent (boss)"]["hits"] == 0
    assert lines["index of 150 texts"]["postings"] > 1000
