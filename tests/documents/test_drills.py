"""What goes wrong with machines, done to real server processes: nothing acknowledged is lost, nothing is
half-written, and people are told the truth."""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings

from documents import store
from tests.documents.sites import PROVE, Site, around, free_port, inside, own_namespace, prepare

pytestmark = pytest.mark.alone

MB = 1024 * 1024
LARGE = 190 * MB if PROVE else 12 * MB


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "data"
    folder.mkdir()
    return Site(folder, prepare(folder))


@pytest.fixture
def site(template, tmp_path):
    return Site.copy(template, tmp_path / "data")


def killed(server):
    server.process.wait(30)
    assert server.process.returncode == -signal.SIGKILL


def wait_for(check, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError("did not happen")


def make_old(*paths):
    yesterday = time.time() - 25 * 3600
    for path in paths:
        os.utime(path, (yesterday, yesterday))


@pytest.mark.prove
@pytest.mark.parametrize("gunicorn", [False, True], ids=["serve", "gunicorn"])
def test_killed_during_an_upload_leaves_no_row_and_what_is_left_is_swept(site, gunicorn):
    """`serve` takes a request whole before it works on it, gunicorn as it comes: that one leaves a file."""
    with site.serving(gunicorn=gunicorn) as server:
        sending = server.begin(LARGE)
        sending.send(LARGE // 2)
        if gunicorn:
            wait_for(lambda: site.spooled() and site.spooled()[0].stat().st_size > MB)
        server.kill()
        sending.line.close()
    assert site.versions() == []
    sweep = "from documents.tasks import sweep_uploads; print(sweep_uploads())"
    assert site.python(sweep) == "0"  # an upload of today may still be running
    assert len(site.spooled()) == gunicorn
    make_old(*site.spooled())
    assert site.python(sweep) == str(int(gunicorn))
    assert site.spooled() == []
    with site.serving(gunicorn=gunicorn) as server:
        status, said = server.upload(LARGE)
        assert (status, said["version"]) == (200, 1)
    assert [row[3] for row in site.versions()] == [LARGE]


def test_killed_between_bytes_and_row_leaves_an_orphan_that_the_next_try_takes_up(site):
    orphan = lost(site)
    with site.serving() as server:
        status, said = server.upload(MB, token="once")
        assert (status, said["version"]) == (200, 1)
    assert [row[2] for row in site.versions()] == [orphan]
    assert site.blobs() == [orphan]
    assert site.manage("check_documents", "--hashes", "--repair").returncode == 0


def test_killed_between_bytes_and_row_leaves_an_orphan_that_repair_removes(site):
    orphan = lost(site)
    make_old(site.folder / "media" / orphan)
    found = site.manage("check_documents")
    assert (found.returncode, found.stdout.split()) == (0, ["orphan", orphan])
    site.manage("check_documents", "--repair")
    assert site.blobs() == []
    assert site.spooled() == []


def lost(site):
    """Kill a server after it stored the bytes of an upload and before it wrote their row down."""
    with site.serving(fault="stored") as server:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.upload(MB, token="once")
        killed(server)
    assert site.versions() == []
    assert site.rows("SELECT count(*) FROM documents_document") == [(0,)]
    (orphan,) = site.blobs()
    return orphan


def test_killed_after_the_row_sending_the_form_again_gives_the_same_version(site):
    with site.serving(fault="committed") as server:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.upload(MB, token="once")
        killed(server)
    before = site.versions()
    assert len(before) == 1
    with site.serving() as server:
        status, said = server.upload(MB, token="once")
        assert (status, said["version"]) == (200, 1)
        assert server.upload(MB, token="another")[0] == 200
    assert site.versions()[0] == before[0]
    assert len(site.versions()) == 2
    assert len(site.blobs()) == 2


@pytest.mark.parametrize("way", ["tmpfs", "limit"])
def test_a_full_disk_is_said_and_leaves_nothing_and_other_pages_work(site, way):
    """A file system of 8 MB in the server's own namespace. Where mounting is not allowed, and in any case
    once: a limit of the kernel on the size of files, which it reports as EFBIG instead of ENOSPC."""
    media = site.folder / "media"
    mounted = way == "tmpfs" and own_namespace()
    if mounted:
        serving = site.serving(*around('mount -t tmpfs -o size=8m none "$1"', str(media)))
    else:
        size = (8 * MB, 8 * MB)
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, size)  # noqa: E731  runs in the child
        serving = site.serving(gunicorn=True, preexec_fn=limit)
    with serving as server:
        folder = inside(server.process, media) if mounted else media
        status, said = server.upload(12 * MB)
        assert (status, "磁盘已满" in said["message"]) == (507, True)
        assert list((folder / "tmp").glob("*")) == []
        assert site.versions() == []
        for page in ("/", f"/contracts/{site.facts['contract']}/documents/", "/healthz"):
            assert server.get(page)[0] == 200
        assert server.upload(MB)[0] == 200
    assert len(site.versions()) == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_way_of_being_full_is_full(monkeypatch, code):
    def full(*args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(store.NoSpace) as why:
        store.spool([b"abc"], 1000)
    assert not isinstance(why.value, store.ReadOnly)


def test_a_store_that_may_not_be_written_refuses_uploads_with_a_sentence(site):
    media = site.folder / "media"
    with site.serving() as server:
        assert server.upload(MB)[0] == 200
    before = site.versions()
    if own_namespace():
        serving = site.serving(*around('mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"', str(media)))
    else:
        (media / "tmp").chmod(0o555)
        serving = site.serving()
    with serving as server:
        status, said = server.upload(MB)
        assert (status, "无法写入" in said["message"]) == (507, True)
        document = site.rows("SELECT id FROM documents_document")[0][0]
        assert server.get(f"/documents/{document}/v/1/download/")[0] == 200
    (media / "tmp").chmod(0o755)
    assert site.versions() == before
    with site.serving() as server:
        assert server.upload(MB)[0] == 200


def test_power_gone_all_processes_killed_at_once_keeps_what_was_acknowledged(site):
    with site.serving() as server:
        said = [server.upload(MB, token=str(n))[1]["url"] for n in range(3)]
        sending = server.begin(LARGE)
        sending.send(LARGE // 2)
        server.kill()
        sending.line.close()
    with site.serving() as server:
        assert [server.get(url)[0] for url in said] == [200] * 3
        numbers = [url.strip("/").split("/")[-1] for url in said]
        sizes = [len(server.get(f"/documents/{n}/v/1/download/")[1]) for n in numbers]
        assert sizes == [MB] * 3
    assert site.manage("check_documents", "--hashes").returncode == 0
    site.python("from erp.audit.services import seal\nwhile seal(): pass")
    assert site.manage("audit_verify").returncode == 0


@pytest.fixture
def redis(tmp_path):
    """A Redis of our own, so that it may be emptied and stopped: start(), stop(), flush(), address."""
    with Redis(tmp_path) as running:
        yield running


class Redis:
    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.address = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        program = shutil.which("redis-server")
        self.process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
        wait_for(lambda: self.ask("PING") == b"+PONG\r\n")

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def ask(self, word):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(f"{word}\r\n".encode())
            return line.recv(100)


@contextlib.contextmanager
def worker(site):
    """A Celery worker with beat, as deployed beside the web process."""
    words = ["worker", "--beat", "--loglevel", "WARNING", "--concurrency", "1", "--pool", "threads"]
    schedule = str(site.folder / "beat")
    with (site.folder / "worker.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "celery", "-A", "erp", *words, "--schedule", schedule],
            cwd=settings.BASE_DIR, env=site.environment(), stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def through(site):
    """(previews ready, texts read)"""
    ready = site.rows("SELECT count(*) FROM documents_preview WHERE state = 'ready'")[0][0]
    return ready, site.rows("SELECT count(*) FROM documents_documenttext")[0][0]


@pytest.mark.redis
def test_redis_emptied_stopped_and_started_loses_no_work(template, tmp_path, redis):
    site = Site.copy(template, tmp_path / "data", REDIS_URL=redis.address)
    with site.serving() as server:
        assert server.upload(1000, name="a.txt")[0] == 200
        assert redis.ask("FLUSHALL") == b"+OK\r\n"  # every bell that was rung is forgotten
        redis.stop()
        status, said = server.upload(2000, name="b.txt")  # nobody hears this one
        assert (status, said["version"]) == (200, 1)
        for page in (said["url"], f"{said['url']}v/1/preview/", f"{said['url']}v/1/download/"):
            assert server.get(page)[0] == 200
        assert through(site) == (0, 0)
        redis.start()
        with worker(site):
            wait_for(lambda: through(site) == (2, 2), 240)
            assert redis.ask("FLUSHALL") == b"+OK\r\n"
            assert server.upload(3000, name="c.txt")[0] == 200
            wait_for(lambda: through(site) == (3, 3), 240)
    assert site.rows("SELECT count(*) FROM documents_errand") == [(0,)]


@pytest.mark.redis
def test_a_worker_killed_while_it_reads_is_followed_by_another(template, tmp_path, redis):
    """The row of a text comes back after its lease, whoever died with it."""
    site = Site.copy(template, tmp_path / "data", REDIS_URL=redis.address)
    with site.serving() as server:
        assert server.upload(1000)[0] == 200
    doomed = (
        "import os, signal\n"
        "from documents.services import indexing\n"
        "indexing.extract_text = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "indexing.work_off_texts()"
    )
    with pytest.raises(AssertionError):
        site.python(doomed)
    assert site.python("from documents.services.indexing import work_off_texts as w; print(w())") == "0"
    site.python(
        "from documents.fulltext_models import Errand; Errand.objects.update(due='2020-01-01T00:00Z')"
    )
    with worker(site):
        wait_for(lambda: site.rows("SELECT count(*) FROM documents_documenttext") == [(1,)], 240)
    assert site.rows("SELECT count(*) FROM documents_errand") == [(0,)]
