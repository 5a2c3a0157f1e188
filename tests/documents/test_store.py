"""Bytes: received, made durable, put under keys, never overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import time

import pytest
from django.core.files.uploadhandler import SkipFile
from django.test import RequestFactory

from documents import store
from documents.receiving import SpoolHandler, refusal_status, refusal_words
from documents.tasks import sweep_uploads

KEY = "contracts/HT-1-1/1/v1"


def spooled_files():
    folder = store.spool_folder()
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture(autouse=True)
def _fresh(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media"},
        },
    }


def read(key):
    with store.open(key) as blob:
        return blob.read()


def put(content=b"first", key=KEY):
    store.put(store.spool([content], 1000), key)


def test_what_is_received_is_counted_hashed_and_whole():
    spooled = store.spool([b"abc", b"", b"def"], 6)
    assert (spooled.size, spooled.sha256) == (6, hashlib.sha256(b"abcdef").hexdigest())
    assert spooled.path.read_bytes() == b"abcdef"


def test_bytes_get_their_key_and_leave_no_spool_file():
    put(b"content")
    assert read(KEY) == b"content"
    assert store.size(KEY) == 7
    assert store.sha256_of(KEY) == hashlib.sha256(b"content").hexdigest()
    with store.local_path(KEY) as path:
        assert path.read_bytes() == b"content"
    assert spooled_files() == []


def test_one_byte_too_many_is_refused_and_leaves_nothing():
    store.spool([b"x" * 10], 10).discard()
    with pytest.raises(store.TooLarge) as why:
        store.spool([b"x" * 10, b"x"], 10)
    assert why.value.limit == 10
    assert spooled_files() == []


def test_a_source_that_breaks_leaves_nothing():
    def broken():
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.spool(broken(), 1000)
    assert spooled_files() == []


def test_the_same_bytes_again_keep_what_lies_there():
    put(b"same")
    with store.local_path(KEY) as path:
        before = path.stat()
    put(b"same")
    with store.local_path(KEY) as path:
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert spooled_files() == []


def test_nothing_is_overwritten_an_orphan_is_moved_aside():
    put(b"orphan")
    put(b"wanted")
    assert read(KEY) == b"wanted"
    with store.local_path(KEY) as path:
        (aside,) = [p for p in path.parent.iterdir() if p != path]
    assert aside.read_bytes() == b"orphan"
    store.delete(f"contracts/HT-1-1/1/{aside.name}")
    assert not aside.exists()


def test_content_of_a_version_cannot_be_deleted():
    put()
    with pytest.raises(ValueError, match="content of a version"):
        store.delete(KEY)
    assert store.exists(KEY)
    put(b"picture", "contracts/HT-1-1/previews/abc-x.webp")
    store.delete("contracts/HT-1-1/previews/abc-x.webp")
    assert not store.exists("contracts/HT-1-1/previews/abc-x.webp")


@pytest.mark.parametrize("key", ["/etc/passwd", "../x", "contracts/../../x", "a\\b", "a\0b"])
def test_no_key_leads_out_of_the_store(key):
    for deed in (store.open, store.size, store.exists, store.sha256_of, lambda k: put(key=k)):
        with pytest.raises(ValueError, match="no key"):
            deed(key)


def full_disk(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "fdopen"])
def test_a_full_disk_is_said_and_leaves_nothing(monkeypatch, step):
    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full_disk)
    else:
        real = os.fdopen

        def full(handle, mode):
            file = real(handle, mode, buffering=0)

            class Full:
                fileno, close = file.fileno, file.close
                write = staticmethod(full_disk)

            return Full()

        monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(store.NoSpace):
        store.spool([b"abc"], 1000)
    monkeypatch.undo()
    assert spooled_files() == []


def test_a_disk_that_fills_up_at_the_last_step_keeps_the_key_free(monkeypatch):
    spooled = store.spool([b"abc"], 1000)
    monkeypatch.setattr(os, "rename", full_disk)
    with pytest.raises(store.NoSpace):
        store.put(spooled, KEY)
    monkeypatch.undo()
    assert not store.exists(KEY)
    spooled.discard()
    assert spooled_files() == []


def test_other_failures_of_the_disk_are_no_full_disk(monkeypatch):
    def broken(*args):
        raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="I/O error"):
        store.spool([b"abc"], 1000)


def test_spool_files_nobody_finished_are_swept():
    old, young = store.spool([b"old"], 100), store.spool([b"young"], 100)
    yesterday = time.time() - 25 * 3600
    os.utime(old.path, (yesterday, yesterday))
    assert sweep_uploads() == 1
    assert spooled_files() == [young.path]


def handler():
    return SpoolHandler(RequestFactory().post("/"))


def test_the_handler_passes_over_what_is_too_large_and_goes_on(settings):
    settings.MAX_UPLOAD_MB = 1
    receiving = handler()
    receiving.new_file("files", "large.bin", "", None)
    receiving.receive_data_chunk(b"x" * 2**20, 0)
    with pytest.raises(SkipFile):
        receiving.receive_data_chunk(b"x", 2**20)
    receiving.new_file("files", "small.txt", "", None)
    receiving.receive_data_chunk(b"abc", 0)
    arrived = receiving.file_complete(3)
    assert (arrived.name, arrived.spooled.size) == ("small.txt", 3)
    ((name, why),) = receiving.refused
    assert "1 MB" in refusal_words(name, why)
    assert refusal_status(receiving.refused) == 413
    arrived.close()
    assert spooled_files() == []


def test_the_handler_says_that_the_disk_is_full(monkeypatch):
    monkeypatch.setattr("documents.store.tempfile.mkstemp", full_disk)
    receiving = handler()
    with pytest.raises(SkipFile):
        receiving.new_file("files", "x.pdf", "", None)
    assert refusal_status(receiving.refused) == 507


def test_a_large_file_never_lies_in_memory_whole():
    """128 MB come in pieces of 256 KB; what the process holds meanwhile stays small."""
    import resource

    piece = os.urandom(256 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spooled = store.spool((piece for _ in range(512)), 2**30)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert spooled.size == 128 * 2**20
    assert grown < 16 * 1024  # KB
    spooled.discard()
