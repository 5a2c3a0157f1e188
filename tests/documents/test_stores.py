"""The same life of documents on a local disk and on S3-compatible storage, a real server on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO

import boto3
import pytest
import time_machine
from django.conf import settings as stored_settings
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from documents import store
from documents.models import DocumentVersion
from documents.search import find
from documents.services import restore_version
from documents.services.indexing import work_off_texts
from documents.services.scanning import work_off_scans
from tests.documents.clamd_double import EICAR, scanner
from tests.documents.helpers import again, put, upload
from tests.erp.operator import environment

TEXT = "底座焊接说明，退火后探伤\n".encode()


@pytest.fixture(scope="session")
def s3_server():
    """(address with key and secret, client) of an S3 server with the bucket `erp`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _try in range(300):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "se/cret"}
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", **keys)
        client.create_bucket(Bucket="erp")
        yield f"s3+http://key:se%2Fcret@127.0.0.1:{port}/erp"
        client.close()
    finally:
        server.kill()
        server.wait(10)


@pytest.fixture(params=["disk", "s3"])
def place(request, settings, tmp_path):
    """The store of the test, as the settings make it of MEDIA_STORAGE_URL."""
    url = f"file://{tmp_path}/media" if request.param == "disk" else request.getfixturevalue("s3_server")
    program = "import json, erp.settings as s; print(json.dumps(s.STORAGES['default'], default=str))"
    made = subprocess.run(
        [sys.executable, "-c", program], cwd=stored_settings.BASE_DIR, capture_output=True, text=True,
        env=environment(tmp_path / "data", MEDIA_STORAGE_URL=url), check=True, timeout=60,
    )  # fmt: skip
    settings.STORAGES = {**settings.STORAGES, "default": json.loads(made.stdout)}
    if request.param == "s3":
        bucket = default_storage.bucket
        bucket.objects.all().delete()
    yield request.param
    if request.param == "s3":
        default_storage.connection.meta.client.close()


def keys(folder="contracts"):
    """Every key there is."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    inside = [key for name in folders for key in keys(f"{folder}/{name}")]
    return sorted([f"{folder}/{name}" for name in files] + inside)


def read(key):
    with store.open(key) as blob:
        return blob.read()


def test_bytes_have_one_key_and_one_home(place):
    key = "contracts/HT-1-1/1/v1"
    staged = store.stage(store.spool([b"first"], 100))
    store.put(staged, key)
    assert read(key) == b"first"
    assert (store.size(key), store.exists(key), store.exists(key + "0")) == (5, True, False)
    with store.local_path(key) as path:
        assert path.read_bytes() == b"first"
    with store.open(key) as blob:
        blob.seek(2)
        assert blob.read(2) == b"rs"
    with pytest.raises(FileNotFoundError):
        store.open(key + "0")
    store.put(store.stage(store.spool([b"second"], 100)), key)  # what lay there belonged to nobody
    assert read(key) == b"second"
    (aside,) = [k for k in keys() if k != key]
    assert read(aside) == b"first"
    assert keys("tmp") == []


def test_versions_follow_each_other_and_nothing_is_overwritten(place, cast):
    document = put(cast.own, cast["pm"], name="说明.txt", content=TEXT)
    second = again(document, cast["pm"], content=TEXT * 2)
    first = DocumentVersion.objects.get(document=document, number=1)
    third = restore_version(first, actor=cast["pm"])
    assert [read(v.key) for v in (first, second, third)] == [TEXT, TEXT * 2, TEXT]
    assert keys() == sorted(v.key for v in (first, second, third))
    assert {v.sha256 for v in (first, third)} == {store.sha256_of(third.key)}


def test_a_form_sent_twice_stores_once(place, cast):
    from documents.models import DocumentType
    from documents.services import upload_document

    kind = DocumentType.objects.get(slug="technical")
    one, two = (
        upload_document(cast.own, upload(TEXT, "a.txt", "token"), actor=cast["pm"], type=kind) for _ in "12"
    )
    assert one == two
    assert len(keys()) == 1


def test_downloads_whole_and_in_parts(place, cast, client):
    document = put(cast.own, cast["pm"], name="说明.txt", content=TEXT)
    client.force_login(cast["pm"])
    url = f"/documents/{document.pk}/v/1/download/"
    whole = client.get(url)
    assert b"".join(whole.streaming_content) == TEXT
    part = client.get(url, headers={"Range": "bytes=3-8"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, TEXT[3:9])


def test_scanned_and_read_where_it_lies(place, cast, settings):
    with scanner() as clamd:
        settings.CLAMD = clamd.address
        good = put(cast.own, cast["pm"], name="好.txt", content=TEXT).current
        bad = put(cast.own, cast["pm"], name="坏.txt", content=b"a" * 70_000 + EICAR).current
        assert work_off_scans() == 2
        states = dict(DocumentVersion.objects.values_list("pk", "scan"))
        assert (states[good.pk], states[bad.pk]) == ("clean", "infected")
    work_off_texts()
    assert [hit.title for hit in find(cast["pm"], "退火后探伤", 5)] == ["好"]


def test_rendered_where_it_lies(place, cast, client):
    from documents.services.previews import request_preview
    from documents.tasks import convert_preview

    document = put(cast.own, cast["pm"], name="说明.txt", content=TEXT)
    preview = request_preview(document.current)
    convert_preview(preview.pk)
    preview.refresh_from_db()
    assert preview.state == "ready"
    assert "退火后探伤" in read(preview.result).decode()
    client.force_login(cast["pm"])
    shown = client.get(f"/documents/{document.pk}/v/1/content/")
    assert "退火后探伤" in b"".join(shown.streaming_content).decode()


def check(**options):
    out = StringIO()
    call_command("check_documents", stdout=out, **options)
    return out.getvalue()


def test_what_no_row_names_is_found_and_cleared_after_a_day(place, cast):
    document = put(cast.own, cast["pm"], name="说明.txt", content=TEXT)
    orphan = store.version_key(document, 2)  # as left by a process that died before its commit
    store.put(store.stage(store.spool([b"lost"], 100)), orphan)
    assert "orphan" not in check(repair=True)
    assert store.exists(orphan)
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert f"orphan\t{orphan}" in check()
        assert store.exists(orphan)
        check(repair=True)
    assert keys() == [document.current.key]
    assert check(hashes=True) == ""


def test_what_is_missing_or_damaged_is_named(place, cast):
    from django.core.files.base import ContentFile

    gone, damaged = (put(cast.own, cast["pm"], name="a.txt", content=TEXT).current for _ in "12")
    default_storage.delete(gone.key)
    default_storage.delete(damaged.key)
    default_storage.save(damaged.key, ContentFile(TEXT[::-1]))
    for options, what in (({}, {"missing"}), ({"hashes": True}, {"missing", "damaged"})):
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("check_documents", stdout=out, **options)
        assert {line.split("\t")[0] for line in out.getvalue().splitlines()} == what


def test_broken_uploads_are_swept_after_a_day(place):
    left = store.stage(store.spool([b"half"], 100))
    assert store.sweep() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert store.sweep() == (1 if place == "disk" else 2)
    assert not left.path.exists()
