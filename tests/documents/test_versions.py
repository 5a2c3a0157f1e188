"""Versions: kept, restored, checked out, released; the bin."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from documents import services, store
from documents.models import Document, DocumentType, DocumentVersion
from documents.states import LIFE, Status
from erp.models import LogEntry
from erp.workflow import Blocked, Stale
from notifications.models import Message
from tests.documents.helpers import PDF, again, put
from tests.side_by_side import act, postgres_database

SCENES = "tests.documents.uploads_at_once"
NOON = datetime(2026, 12, 7, 4, 0, tzinfo=UTC)  # a Monday in Shanghai


@pytest.fixture
def document(cast):
    return put(cast.own, cast["staff.mech"])


@pytest.fixture
def drawing(cast):
    return put(cast.own, cast["staff.mech"], type="drawing")


def read(key):
    with store.open(key) as blob:
        return blob.read()


def test_a_new_document_has_its_first_version_in_its_contracts_folder(cast, document):
    version = document.current
    assert (version.number, version.file_name, version.extension) == (1, "图纸.pdf", "pdf")
    assert version.key == f"contracts/HT-OWN-1-{cast.own.pk}/{document.pk}/v1"
    assert read(version.key) == PDF
    assert version.sha256 == store.sha256_of(version.key)
    assert (document.title, document.owner) == ("图纸", cast["staff.mech"])
    assert document.department == cast.departments["mechanical"]


def test_a_changed_number_leaves_the_folder_where_it_is(cast, document):
    from contracts.services import edit_contract

    edit_contract(cast.own, actor=cast["boss"], version=None, number="HT-OTHER-9")
    version = again(Document.objects.get(pk=document.pk), cast["pm"])
    assert version.key.startswith(f"contracts/HT-OWN-1-{cast.own.pk}/")


def test_the_next_version_leaves_the_old_one_as_it_was(cast, document):
    first = document.current
    second = again(document, cast["pm"], note="孔径改大")
    document.refresh_from_db()
    assert (second.number, second.note, document.current) == (2, "孔径改大", second)
    assert read(first.key) == PDF
    assert read(second.key) == PDF + b"\n"
    assert first.sha256 != second.sha256


def test_an_old_version_comes_back_as_the_newest(cast, document):
    again(document, cast["pm"])
    document.refresh_from_db()
    first = document.versions.get(number=1)
    restored = services.restore_version(first, actor=cast["pm"])
    assert (restored.number, restored.restored_from, restored.sha256) == (3, 1, first.sha256)
    assert read(restored.key) == PDF
    assert document.versions.count() == 3
    with pytest.raises(Blocked, match="current|当前"):
        services.restore_version(restored, actor=cast["pm"])


def test_damaged_content_is_not_restored(cast, document):
    again(document, cast["pm"])
    document.refresh_from_db()
    first = document.versions.get(number=1)
    with store.local_path(first.key) as path:
        path.write_bytes(b"%PDF-1.4 " + b"x" * (first.size - 9))
    with pytest.raises(Blocked):
        services.restore_version(first, actor=cast["pm"])
    assert document.versions.count() == 2


@pytest.mark.alone
def test_uploads_at_once_on_sqlite(tmp_path):
    assert act(SCENES, tmp_path) == "sqlite ok"


@pytest.mark.alone
@pytest.mark.postgres
def test_uploads_at_once_on_postgres(tmp_path):
    with postgres_database() as url:
        assert act(SCENES, tmp_path, url) == "postgresql ok"


# --- check-out --------------------------------------------------------------------------------------


def test_a_check_out_keeps_others_from_the_next_version(cast, document):
    with time_machine.travel(NOON, tick=False):
        services.check_out(document, actor=cast["pm"])
        document.refresh_from_db()
        assert timezone.localtime(document.checked_out_until).isoformat() == "2026-12-08T00:00:00+08:00"
        with pytest.raises(Blocked) as why:
            again(document, cast["staff.mech"])
        assert "何项目" in str(why.value)
        assert "2026" in str(why.value)
        with pytest.raises(Blocked):
            services.check_out(document, actor=cast["staff.mech"])
        with pytest.raises(Blocked):
            services.remove_document(document, actor=cast["staff.mech"])
        assert document.versions.count() == 1
        again(document, cast["pm"])
        document.refresh_from_db()
        assert (document.checked_out_by, document.checked_out_until) == (None, None)
        again(document, cast["staff.mech"])


def test_a_check_out_ends_with_the_day(cast, document):
    with time_machine.travel(NOON, tick=False):
        services.check_out(document, actor=cast["pm"])
    with time_machine.travel(datetime(2026, 12, 7, 15, 59, tzinfo=UTC), tick=False), pytest.raises(Blocked):
        again(document, cast["staff.mech"])
    with time_machine.travel(datetime(2026, 12, 7, 16, 0, tzinfo=UTC), tick=False):
        assert again(document, cast["staff.mech"]).number == 2


def test_only_whoever_manages_all_documents_breaks_a_check_out(cast, document):
    services.check_out(document, actor=cast["staff.mech"])
    with pytest.raises(PermissionDenied):
        services.check_in(document, actor=cast["leader.mech"])
    services.check_in(document, actor=cast["pm"])
    document.refresh_from_db()
    assert document.holder() is None
    assert LogEntry.objects.filter(verb="break_check_out", object_id=document.pk).count() == 1
    services.check_out(document, actor=cast["leader.mech"])
    services.check_in(document, actor=cast["leader.mech"])


# --- released drawings ------------------------------------------------------------------------------


def test_every_step_of_a_version_goes_where_it_may_and_nowhere_else(cast, drawing):
    assert {step.verb for step in LIFE} == {"release", "supersede"}
    first = drawing.current
    released = services.release_version(first, actor=cast["leader.mech"])
    assert released.status == Status.RELEASED
    with pytest.raises(Blocked):
        services.release_version(released, actor=cast["leader.mech"])
    second = again(drawing, cast["staff.mech"])
    assert second.status == Status.DRAFT
    services.release_version(second, actor=cast["pm"])
    first.refresh_from_db()
    assert first.status == Status.SUPERSEDED
    with pytest.raises(Blocked):
        services.release_version(first, actor=cast["pm"])


def test_only_the_newest_version_is_released(cast, drawing):
    first = drawing.current
    again(drawing, cast["staff.mech"])
    first = DocumentVersion.objects.get(pk=first.pk)
    with pytest.raises(Blocked):
        services.release_version(first, actor=cast["pm"])
    first.refresh_from_db()
    assert first.status == Status.DRAFT


def test_versions_of_other_types_are_not_released(cast, document):
    with pytest.raises(Blocked):
        services.release_version(document.current, actor=cast["pm"])


@pytest.mark.parametrize("who", ["staff.mech", "leader.elec", "qc", "buyer"])
def test_drawings_are_released_by_their_leader_or_manager_only(cast, drawing, who):
    with pytest.raises(PermissionDenied):
        services.release_version(drawing.current, actor=cast[who])


def test_a_release_is_told_to_those_who_follow(cast, drawing):
    services.share_document(drawing, actor=cast["pm"], person=cast.people["sales"])
    Message.objects.all().delete()
    services.release_version(drawing.current, actor=cast["leader.mech"])
    told = Message.objects.filter(event="document_released").values_list("recipient__username", flat=True)
    assert set(told) == {"staff.mech", "sales"}


# --- words, types -----------------------------------------------------------------------------------


def test_title_and_type_are_edited_and_kept_in_history(cast, document):
    other = DocumentType.objects.get(slug="other")
    document.refresh_from_db()
    edited = services.edit_document(
        document, actor=cast["staff.mech"], version=document.version, title=" 新 名\u202e称 ", type=other
    )
    assert (edited.title, edited.type) == ("新 名称", other)
    with pytest.raises(Stale):
        services.edit_document(document, actor=cast["pm"], version=document.version, title="别的")
    with pytest.raises(ValidationError):
        services.edit_document(document, actor=cast["pm"], title="\u200b ")


def test_a_type_that_does_not_take_the_file_is_refused(cast, document):
    with pytest.raises(ValidationError):
        services.edit_document(document, actor=cast["pm"], type=DocumentType.objects.get(slug="photo"))


def test_extensions_of_a_type_are_kept_in_one_form():
    kind = DocumentType(slug="x", name="x", extensions=".PDF, *.docx、pdf")
    kind.clean()
    assert kind.extensions == "pdf docx"
    kind.extensions = "pdf virus"
    with pytest.raises(ValidationError, match="virus"):
        kind.clean()


def test_types_of_a_new_site_name_known_kinds_only():
    for kind in DocumentType.objects.all():
        before = kind.extensions
        kind.clean()
        assert kind.extensions == before


# --- bin --------------------------------------------------------------------------------------------


def test_the_bin_hides_a_document_from_everybody_and_gives_it_back(cast, document):
    services.publish_version(document.current, actor=cast["pm"])
    document.refresh_from_db()
    services.remove_document(document, actor=cast["staff.mech"])
    for who in ("boss", "pm", "staff.mech", "leader.mech", "qc", "customer.a"):
        assert not Document.objects.for_user(cast[who]).filter(pk=document.pk).exists()
        assert not DocumentVersion.objects.for_user(cast[who]).filter(document=document.pk).exists()
    restorers = {
        who for who in cast.users if Document.objects.for_user(cast[who], "restore").filter(pk=document.pk)
    }
    assert restorers == {"boss", "admin", "pm", "leader.mech", "staff.mech"}
    document.refresh_from_db()
    with pytest.raises(PermissionDenied):
        again(document, cast["pm"])
    services.restore_document(document, actor=cast["leader.mech"])
    document.refresh_from_db()
    assert (document.deleted_at, document.published) == (None, None)
    assert again(document, cast["pm"]).number == 2


def test_nothing_changes_in_a_read_only_contract(cast):
    from contracts.models import Contract

    document = put(cast.own, cast["staff.mech"], type="drawing")
    Contract.objects.filter(pk=cast.own.pk).update(stage="archived")
    document = Document.objects.get(pk=document.pk)
    boss = cast["boss"]
    deeds = (
        lambda: put(document.contract, boss),
        lambda: again(document, boss),
        lambda: services.check_out(document, actor=boss),
        lambda: services.release_version(document.current, actor=boss),
        lambda: services.publish_version(document.current, actor=boss),
        lambda: services.share_document(document, actor=boss, person=cast.people["sales"]),
        lambda: services.edit_document(document, actor=boss, title="x"),
        lambda: services.remove_document(document, actor=boss),
    )
    before = LogEntry.objects.count()
    for deed in deeds:
        with pytest.raises(Blocked):
            deed()
    assert LogEntry.objects.count() == before
    assert document.versions.count() == 1
