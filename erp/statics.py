"""What the server says with static files: programs that read people's files reach nothing else."""

from __future__ import annotations

#: Workers that take documents apart → what they may do. A page's policy does not reach them, theirs goes
#: no further than them: the reader of STEP models builds its calls while it runs.
WORKERS = {
    "/vendor/pdfjs/pdf.worker": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "connect-src 'self'",
    "/vendor/occt/occt-import-js-worker": "default-src 'none'; script-src 'self' 'unsafe-eval'; "
    "connect-src 'self'",
}


def add_headers(headers: dict[str, str], path: str, url: str) -> None:
    """WhiteNoise asks for every static file."""
    for place, policy in WORKERS.items():
        if place in url:
            headers["Content-Security-Policy"] = policy
