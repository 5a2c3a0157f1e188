"""Everything of a contract in a folder or zip: whole, checked, private, never over something else."""

import hashlib
import io
import json
import stat
import zipfile
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from contracts import services
from contracts.exporting.names import Taken, safe
from documents import store
from documents.models import DocumentVersion
from erp.models import LogEntry
from tests.documents.helpers import again, put


@pytest.fixture
def contract(cast):
    """With amounts, a file in two versions, a change order, and texts that look like formulas."""
    contract = services.edit_contract(
        cast.own, actor=cast["boss"], version=None, deal_amount=Decimal(1_280_000), status_note="=1+1"
    )
    document = put(contract, cast["pm"], name="总图.pdf", title="=cmd|'/c calc'!A1")
    again(document, cast["pm"])
    services.create_change(contract, actor=cast["sales"], title="@SUM(A1)", reason="+1", scope="-x")
    return contract


def run(*args, **options):
    out = io.StringIO()
    call_command("export_contract", *args, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def checked(read, names):
    """The manifest of an export, after every hash in it was computed again."""
    manifest = json.loads(read("manifest.json"))
    listed = {entry["path"]: entry for entry in manifest["files"]}
    assert set(names) == {*listed, "manifest.json", "SHA256SUMS"}
    for path, entry in listed.items():
        content = read(path)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["size"], entry["sha256"])
    sums = dict(reversed(line.split("  ", 1)) for line in read("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(read(name)).hexdigest() for name in {*listed, "manifest.json"}}
    return manifest


def files_of(folder):
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def test_a_folder_holds_everything_and_its_manifest_proves_it(contract, tmp_path):
    target = tmp_path / "out"
    facts = json.loads(run(contract.number, to=str(target), json=True))
    assert (facts["contract"], facts["to"], facts["problems"]) == (contract.number, str(target), [])
    manifest = checked(lambda name: (target / name).read_bytes(), files_of(target))
    assert manifest["contract"] == contract.number
    assert manifest["exported_by"] == "王总"
    paths = [entry["path"] for entry in manifest["files"]]
    assert paths[:3] == ["summary.pdf", "lists.xlsx", "audit.jsonl"]
    assert len([path for path in paths if path.startswith("files/")]) == 2
    assert (target / "summary.pdf").read_bytes().startswith(b"%PDF")
    stored = set(DocumentVersion.objects.values_list("sha256", flat=True))
    assert {e["sha256"] for e in manifest["files"] if e["path"].startswith("files/")} == stored


def test_only_the_owner_reads_it(contract, tmp_path):
    target = tmp_path / "out"
    run(contract.number, to=str(target))
    for path in (target, *target.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_log_is_whole_with_its_chain_values(contract, tmp_path):
    run(contract.number, to=str(tmp_path / "out"))
    lines = [json.loads(line) for line in (tmp_path / "out" / "audit.jsonl").read_text("utf-8").splitlines()]
    rows = LogEntry.objects.filter(contract_id=contract.pk).order_by("pk")
    assert [(line["id"], line["digest"]) for line in lines] == list(rows.values_list("pk", "digest"))
    assert lines[-1]["verb"] == "export_contract"


def test_texts_stay_texts_in_the_workbook(contract, tmp_path):
    run(contract.number, to=str(tmp_path / "out"))
    book = load_workbook(tmp_path / "out" / "lists.xlsx")
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b", "inlineStr"}
    texts = {cell.value for cell in cells}
    assert {"=1+1", "@SUM(A1)", "=cmd|'/c calc'!A1"} <= texts
    assert 1_280_000 in texts
    assert len(book.sheetnames) == len(set(book.sheetnames)) >= 8


def test_a_zip_is_the_same(contract, tmp_path):
    target = tmp_path / "out.zip"
    run(contract.number, to=str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as book:
        assert book.testzip() is None
        roots = {name.split("/")[0] for name in book.namelist()}
        assert len(roots) == 1
        root = roots.pop()
        names = [name.removeprefix(f"{root}/") for name in book.namelist()]
        checked(lambda name: book.read(f"{root}/{name}"), names)


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_nothing_is_overwritten(contract, tmp_path, name):
    target = tmp_path / name
    target.write_text("mine") if name.endswith("zip") else target.mkdir()
    (tmp_path / "out" / safe(f"{contract.number} {contract.code}")).mkdir(parents=True, exist_ok=True)
    with pytest.raises(CommandError, match="/"):
        run(contract.number, to=str(target))
    if name.endswith("zip"):
        assert target.read_text() == "mine"


def test_into_an_existing_folder_it_gets_a_folder_of_its_own(contract, tmp_path):
    run(contract.number, to=str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [safe(f"{contract.number} {contract.code}")]


@pytest.mark.parametrize("word", ["HT-NOBODY", "999999999999", "9" * 30])
def test_an_unknown_contract_is_refused(cast, tmp_path, word):
    with pytest.raises(CommandError):
        run(word, to=str(tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_only_those_who_reach_all_export(cast, contract, tmp_path, sign_in):
    for who in ("pm", "sales", "staff.mech"):
        with pytest.raises(PermissionDenied):
            services.export_contract(contract, actor=cast[who], to="zip")
        assert sign_in(who).post(f"/contracts/{contract.pk}/export/").status_code == 403
    with pytest.raises(CommandError) as why:
        run(contract.number, to=str(tmp_path / "out"), user="pm")
    assert why.value.returncode == 1
    assert list(tmp_path.iterdir()) == []
    assert not LogEntry.objects.filter(verb="export_contract").exists()


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_damaged_files_are_named_and_the_rest_is_written(contract, tmp_path, harm):
    version = DocumentVersion.objects.order_by("pk").first()
    path = store._path(version.key)
    path.chmod(0o600)
    path.write_bytes(b"other") if harm == "changed" else path.unlink()
    with pytest.raises(CommandError) as why:
        run(contract.number, to=str(tmp_path / "out"))
    assert why.value.returncode == 2
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert len(manifest["problems"]) == 1
    assert f"/{version.document_id} " in manifest["problems"][0]
    assert (tmp_path / "out" / "SHA256SUMS").exists()


def test_what_the_scanner_withholds_stays_and_is_listed(contract, tmp_path):
    DocumentVersion.objects.filter(number=2).update(scan="infected")
    run(contract.number, to=str(tmp_path / "out"))
    assert len([name for name in files_of(tmp_path / "out") if name.startswith("files/")]) == 1
    book = load_workbook(tmp_path / "out" / "lists.xlsx")
    assert any("病毒" in str(cell.value) for row in book["文件"].iter_rows() for cell in row)


def test_the_button_streams_a_zip(cast, contract, sign_in, settings):
    client, url = sign_in("boss"), f"/contracts/{contract.pk}/export/"
    assert url in client.get(contract.get_absolute_url()).content.decode()
    assert url not in sign_in("pm").get(contract.get_absolute_url()).content.decode()
    assert client.get(url).status_code == 200
    answer = client.post(url)
    assert answer.streaming
    pieces = list(answer.streaming_content)
    assert len(pieces) > 3
    book = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    root = book.namelist()[0].split("/")[0]
    checked(lambda name: book.read(f"{root}/{name}"), [n.removeprefix(f"{root}/") for n in book.namelist()])
    entry = LogEntry.objects.get(verb="export_contract")
    assert (entry.actor, entry.contract_id) == (cast["boss"], contract.pk)
    assert list((settings.DATA_DIR / "exports").iterdir()) == []


def test_a_reader_who_goes_away_leaves_nothing(contract, sign_in, settings):
    answer = sign_in("boss").post(f"/contracts/{contract.pk}/export/")
    next(iter(answer.streaming_content))
    answer.close()
    assert list((settings.DATA_DIR / "exports").iterdir()) == []


def test_an_archived_contract_is_exported_too(cast, tmp_path):
    run(str(cast.archived.pk), to=str(tmp_path / "out"))
    assert (tmp_path / "out" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ('a<b>:"c"|?*.pdf', "a_b___c____.pdf"), ("CON.txt", "_CON.txt"), ("lpt1", "_lpt1"), ("..", "_"),
        ("图 纸. ", "图 纸"), ("a\x00b\r\nc", "ab c"), ("x" * 300 + ".pdf", "x" * 76 + ".pdf"), ("", "_"),
    ],
)  # fmt: skip
def test_names_are_safe_on_windows(name, found):
    assert safe(name) == found


def test_no_path_is_given_twice():
    taken = Taken()
    assert [taken.free(p) for p in ("a/B.pdf", "A/b.pdf", "a/b.PDF", "../../etc")] == [
        "a/B.pdf", "A/b (2).pdf", "a/b (3).PDF", "_/_/etc",
    ]  # fmt: skip
