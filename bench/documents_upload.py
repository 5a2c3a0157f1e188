"""`python -m bench.documents_upload`: a large upload against copying it bare; searching texts at volume.

The upload goes to real servers on loopback; the floor is what no server can go below: reading the same
bytes, hashing them, writing them durably to the same disk. The search is compared with reading every text.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import accumulate, groupby
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from bench.site import SECRET, prepare, sign_in

MEGABYTE = 1024 * 1024
PIECE = b"0123456789abcdef0123456789abcde\n" * 8192
DOCUMENTS, LETTERS = 20_000, 2_500
EDGE = "----edge"


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="erp-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["MAX_UPLOAD_MB"] = str(options.megabytes + 1)
        prepare(Path(folder))
        site = fill()
        results = [*uploads(Path(folder), site, options.megabytes), *searches(site, options.documents)]
    report = {
        "machine": {"python": platform.python_version(), "system": platform.platform()},
        "measures": results,
    }
    if options.json:
        Path(options.json).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.documents_upload", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the report here")
    parser.add_argument("--megabytes", type=int, default=500, help="size of the uploaded file")
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help="texts in the index")
    return parser


def fill() -> dict[str, Any]:
    """A small site: its boss, somebody of its staff, and a contract."""
    from django.core.management import call_command

    from contracts.models import Contract
    from erp.volume import Plan, load
    from orgchart.models import User

    call_command("migrate", verbosity=0)
    load(Plan(60, 0, 0))
    boss = User.objects.filter(role="boss").first() or User.objects.create(username="bench.boss", role="boss")
    contract = Contract.objects.filter(stage="released").order_by("pk")[:1].get()
    return {"boss": boss, "contract": contract, "staff": contract.manager.user}


# --- uploads ----------------------------------------------------------------------------------------


def uploads(folder: Path, site: dict[str, Any], megabytes: int) -> Iterator[dict[str, Any]]:
    source = folder / "source.txt"
    with source.open("wb") as file:
        for _piece in range(megabytes * MEGABYTE // len(PIECE)):
            file.write(PIECE)
    size = source.stat().st_size
    floor = min(copied(source, folder / "copy") for _ in range(3))
    yield told({"name": "floor: copy and hash", "megabytes": megabytes, "seconds": floor, "ratio": 1.0})
    serve = [sys.executable, "manage.py", "serve", "--port"]
    gunicorn = [sys.executable, "-m", "gunicorn", "erp.wsgi", "--threads", "4", "--timeout", "600", "--bind"]
    for name, words in (("upload to serve", serve), ("upload to gunicorn", gunicorn)):
        with serving(words, folder) as (port, pid):
            send(port, site, folder / "small.txt", b"first\n")  # imports, connections
            before = memory(pid)
            seconds = send(port, site, source)
            after = memory(pid)
        grown = {"rss_mb": round(before), "grown_mb": round(after - before, 1)} if after else {}
        speed = round(size / seconds / MEGABYTE)
        ratio = round(seconds / floor, 2)
        yield told({"name": name, "seconds": seconds, "mb_per_s": speed, "ratio": ratio, **grown})


def copied(source: Path, target: Path) -> float:
    """Seconds to copy a file durably, hashing it on the way."""
    begun, digest = time.perf_counter(), hashlib.sha256()
    with source.open("rb") as old, target.open("wb") as new:
        while piece := old.read(MEGABYTE):
            digest.update(piece)
            new.write(piece)
        new.flush()
        os.fsync(new.fileno())
    return round(time.perf_counter() - begun, 3)


@contextmanager
def serving(words: list[str], folder: Path) -> Iterator[tuple[int, int]]:
    """(port, process id) of a running server."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = f"127.0.0.1:{port}" if words[-1] == "--bind" else str(port)
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    log = (folder / "server.log").open("a")
    process = subprocess.Popen(  # noqa: S603  our own command
        [*words, where], env=env, stdout=log, stderr=log, start_new_session=True
    )
    try:
        for _try in range(600):
            with closing(socket.socket()) as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        log.close()


def send(port: int, site: dict[str, Any], source: Path, content: bytes = b"") -> float:
    """Seconds until the server says that it is stored."""
    from django.core.wsgi import get_wsgi_application

    from documents.models import DocumentType

    if content:
        source.write_bytes(content)
    fields = {"type": DocumentType.objects.get(slug="technical").pk, "csrfmiddlewaretoken": SECRET}
    head = "".join(
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{EDGE}\r\nContent-Disposition: form-data; name="files"; filename="{source.name}"\r\n\r\n'
    tail = f"\r\n--{EDGE}--\r\n".encode()
    visitor = sign_in(get_wsgi_application(), site["boss"])
    line = http.client.HTTPConnection("localhost", port, timeout=900)
    begun = time.perf_counter()
    line.putrequest("POST", f"/contracts/{site['contract'].pk}/documents/upload/")
    line.putheader("Cookie", visitor.cookies)
    line.putheader("Accept", "application/json")
    line.putheader("X-CSRFToken", SECRET)
    line.putheader("Content-Type", f"multipart/form-data; boundary={EDGE}")
    line.putheader("Content-Length", str(len(head) + source.stat().st_size + len(tail)))
    line.endheaders(head.encode())
    with source.open("rb") as file:
        while piece := file.read(256 * 1024):
            line.send(piece)
    line.send(tail)
    answer = line.getresponse()
    said = answer.read()
    line.close()
    if answer.status != 200:
        raise SystemExit(f"{answer.status} {said[:300]!r}")
    return round(time.perf_counter() - begun, 3)


def memory(pid: int) -> float:
    """The most megabytes that a process and its children ever held; 0 where the system does not tell."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return own / 1024 + sum(memory(int(child)) for child in children)


# --- search -----------------------------------------------------------------------------------------


def searches(site: dict[str, Any], documents: int) -> Iterator[dict[str, Any]]:
    from django.db import connection

    from documents.fulltext_models import Posting
    from documents.models import Document
    from documents.search import find
    from documents.services.indexing import index_text

    words = lexicon()
    said = index(site, documents, words)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    yield told({"name": f"index of {documents} texts", **said, "postings": Posting.objects.count()})
    newest = Document.objects.latest("pk").current
    assert newest is not None  # noqa: S101  written above
    times = [taken(partial(index_text, newest, texts(words, 10**6 + n))) for n in range(20)]
    yield told({"name": "one more text (CPU)", "ms": median(times)})
    asked = {"frequent": words[1][3], "medium": words[1][300], "rare": words[1][-5], "absent": "龘靐齉爩",
             "two words": f"{words[1][3]} {words[1][300]}"}  # fmt: skip
    for who in ("boss", "staff"):
        for kind, query in asked.items():
            hits = len(find(site[who], query, 9))
            ms = median(taken(partial(find, site[who], query, 9)) for _ in range(9))
            yield told({"name": f"search, {kind} ({who})", "hits": hits, "ms": ms})
    yield told({"name": "floor: reading every text", "ms": taken(lambda: scan(asked["rare"]))})


def taken(deed: Callable[[], Any]) -> float:
    begun = time.process_time()
    deed()
    return round((time.process_time() - begun) * 1000, 2)


def lexicon() -> tuple[list[float], list[str]]:
    """(cumulated frequencies, words): thirty thousand of two to four characters, as frequent as words are."""
    chance = Random(5)  # noqa: S311  plausible, not secret
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 6000)]
    chance.shuffle(letters)
    often = list(accumulate(1 / (n + 10) for n in range(len(letters))))
    sizes = (2, 2, 2, 3, 4)
    found = [
        "".join(chance.choices(letters, cum_weights=often, k=chance.choice(sizes))) for _ in range(30_000)
    ]
    return list(accumulate(1 / (n + 5) for n in range(len(found)))), found


def texts(words: tuple[list[float], list[str]], number: int) -> str:
    """The text of one document: words, numbers of parts, lines. The same number gives the same text."""
    chance = Random(number)  # noqa: S311
    length = int(min(20_000, max(200, chance.lognormvariate(7.4, 0.8))))
    parts = chance.choices(words[1], cum_weights=words[0], k=length // 3)
    for place in range(0, len(parts), 12):
        parts[place] += f"，6ES7{chance.randint(100, 400)}-{chance.randint(1, 9)}AG40 "
    return "".join(parts)


def index(site: dict[str, Any], documents: int, words: tuple[list[float], list[str]]) -> dict[str, Any]:
    """Write documents, their texts and, block by block, the postings that indexing one by one would leave."""
    from django.db import transaction

    from documents.fulltext import BLOCK
    from documents.fulltext_models import Block, DocumentText, Posting

    for model in (Posting, Block, DocumentText):  # what the servers read of the uploads
        model.objects.all().delete()
    sizes = {"letters": 0, "texts": 0, "postings": 0}
    with transaction.atomic():
        for block, some in groupby(rows(site, documents), lambda row: row[0] // BLOCK):
            Block.objects.create(pk=block)
            index_block(block, list(some), words, sizes)
    return {
        "letters_each": sizes["letters"] // documents,
        "texts_mb": megabytes(sizes["texts"]),
        "postings_mb": megabytes(sizes["postings"]),
    }


def index_block(block: int, some: list[tuple[int, int]], words: Any, sizes: dict[str, int]) -> None:
    from documents.fulltext import BLOCK, BLOCK_BITS, GRAM_BITS, compress, pack
    from documents.fulltext_models import DocumentText, Posting
    from documents.words import code, grams, readable
    from erp.volume import insert

    postings: dict[int, int] = {}

    def contents() -> Iterator[tuple[int, int, bytes]]:
        for pk, version in some:
            text = readable(texts(words, pk))
            for gram in grams(text):
                key = code(gram, GRAM_BITS) << BLOCK_BITS | block
                postings[key] = postings.get(key, 0) | 1 << pk % BLOCK
            packed = compress(text)
            sizes["letters"] += len(text)
            sizes["texts"] += len(packed)
            yield pk, version, packed

    insert(DocumentText, ("document", "version", "content"), contents())
    lines = [(key, pack(postings[key])) for key in sorted(postings)]
    sizes["postings"] += sum(len(packed) + 8 for _key, packed in lines)
    insert(Posting, ("id", "documents"), lines)


def rows(site: dict[str, Any], documents: int) -> list[tuple[int, int]]:
    """(document, version) of so many new documents, spread over the contracts."""
    from django.db.models import OuterRef, Subquery

    from contracts.models import Contract
    from documents.models import Document, DocumentType, DocumentVersion
    from erp.volume import insert

    contracts = list(Contract.objects.order_by("pk").values_list("pk", flat=True))
    kind, boss = DocumentType.objects.get(slug="technical").pk, site["boss"].pk
    last = Document.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    insert(
        Document,
        ("contract", "type", "title", "owner"),
        ((contracts[n % len(contracts)], kind, f"文档 {n}", boss) for n in range(documents)),
    )
    new = Document.objects.filter(pk__gt=last)
    fields = (
        "document",
        "number",
        "key",
        "file_name",
        "extension",
        "media_type",
        "size",
        "sha256",
        "uploaded_by",
    )
    insert(
        DocumentVersion,
        fields,
        [
            (pk, 1, f"bench/{pk}", "x.txt", "txt", "text/plain", 1, "0" * 64, boss)
            for pk in new.values_list("pk", flat=True)
        ],
    )
    new.update(
        current=Subquery(DocumentVersion.objects.filter(document=OuterRef("pk")).order_by().values("pk"))
    )
    return list(new.order_by("pk").values_list("pk", "current"))


def scan(query: str) -> int:
    """The plain way: every text read and asked."""
    from documents.fulltext import expand
    from documents.fulltext_models import DocumentText
    from documents.words import contains

    contents = DocumentText.objects.values_list("content", flat=True).iterator(500)
    return sum(contains(expand(content), [query]) for content in contents)


def megabytes(size: int) -> float:
    return round(size / MEGABYTE, 1)


def told(result: dict[str, Any]) -> dict[str, Any]:
    about = "  ".join(f"{name} {value}" for name, value in result.items() if name != "name")
    sys.stdout.write(f"{result['name']:34} {about}\n")
    sys.stdout.flush()
    return result


if __name__ == "__main__":
    sys.exit(main())
