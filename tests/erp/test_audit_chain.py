"""The operation log: written once, sealed by one, and every tampering located."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, models
from django.utils import timezone

from erp.audit import chain
from erp.audit.services import record, seal, verify
from erp.models import AuditHead, LogEntry


def raw(**where):
    """A queryset that may do what the product never does, as somebody with the database may."""
    return models.QuerySet(LogEntry).filter(**where)


@pytest.fixture
def log(cast):
    """A sealed log without problems; returns the sequence of a row in the middle."""
    seal()
    assert list(verify()) == []
    return AuditHead.objects.get().sequence // 2


def swap(first, second):
    one, two = LogEntry.objects.get(sequence=first), LogEntry.objects.get(sequence=second)
    raw(pk=one.pk).update(sequence=-1)
    raw(pk=two.pk).update(sequence=first)
    raw(pk=one.pk).update(sequence=second)


def forge(at):
    """A row made by somebody who knows the code but not the key."""
    row = LogEntry.objects.get(sequence=at)
    row.actor_name = "somebody else"
    raw(pk=row.pk).update(actor_name=row.actor_name, digest=chain.digest({**row.facts(), "x": 1}))


def copy(at):
    row = LogEntry.objects.get(sequence=at)
    row.pk, row.sequence = None, AuditHead.objects.get().sequence + 1
    models.Model.save_base(row, raw=True, force_insert=True)


def drop_last(at):
    raw(sequence=AuditHead.objects.get().sequence)._raw_delete("default")


TAMPERING = {
    "values changed": lambda at: raw(sequence=at).update(changes={"name": ["a", "b"]}),
    "actor changed": lambda at: raw(sequence=at).update(actor=None, actor_name="x"),
    "time changed": lambda at: raw(sequence=at).update(timestamp=timezone.now() - timedelta(days=9)),
    "deed changed": lambda at: raw(sequence=at).update(verb="view"),
    "contract changed": lambda at: raw(sequence=at).update(contract_id=99),
    "address changed": lambda at: raw(sequence=at).update(remote_addr="10.0.0.1"),
    "object changed": lambda at: raw(sequence=at).update(object_pk="99"),
    "digest changed": lambda at: raw(sequence=at).update(digest="0" * 64),
    "digest forged": forge,
    "link changed": lambda at: raw(sequence=at).update(link="0" * 64),
    "row deleted": lambda at: raw(sequence=at)._raw_delete("default"),
    "row renumbered": lambda at: raw(sequence=at).update(sequence=10_000),
    "rows swapped": lambda at: swap(at, at + 1),
    "row copied to the end": copy,
    "last row deleted": drop_last,
    "head moved back": lambda at: AuditHead.objects.update(sequence=at),
    "row taken out of the chain": lambda at: raw(sequence=at).update(sequence=None, link=""),
    "key exchanged": lambda at: raw(sequence=at).update(key_id="deadbeef"),
}
AT_THE_END = {"row copied to the end", "last row deleted", "head moved back", "row renumbered"}


@pytest.mark.parametrize("kind", TAMPERING)
def test_tampering_is_located(log, kind):
    TAMPERING[kind](log)
    problems = list(verify())
    assert problems
    if kind not in AT_THE_END:
        assert abs(problems[0][0] - log) <= 1, problems


def test_without_the_key_nothing_verifies(log, settings):
    settings.AUDIT_KEY = b"another key"
    places = {place for place, _problem in verify()}
    assert places == set(range(1, AuditHead.objects.get().sequence + 1))


def test_rows_are_never_changed_nor_deleted_through_the_orm(cast):
    row = LogEntry.objects.latest("pk")
    for attempt in (
        row.save,
        row.delete,
        LogEntry.objects.all().delete,
        lambda: LogEntry.objects.filter(pk=row.pk).update(verb="x"),
        lambda: LogEntry.objects.for_user(cast["admin"]).update(verb="x"),
    ):
        with pytest.raises(TypeError):
            attempt()
    assert LogEntry.objects.latest("pk").verb == row.verb


def test_rows_unsealed_for_a_minute_are_reported(cast, monkeypatch):
    seal()
    row = record("view", cast.own)
    assert list(verify()) == []
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr("erp.audit.services.timezone.now", lambda: later)
    assert list(verify()) == [(row.pk, "unsealed for over a minute")]


def test_changed_while_unsealed_is_reported(cast):
    row = record("view", cast.own)
    raw(pk=row.pk).update(verb="export")
    assert (row.pk, "unsealed row was changed") in list(verify())


def test_seal_goes_on_where_it_stopped(cast):
    total = LogEntry.objects.count()
    assert seal(limit=5) == 5
    assert seal() == total - 5
    assert seal() == 0
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain():
    from orgchart.models import Organisation

    ours = Organisation.objects.create(name="我们")
    for number in range(60):
        record("view", ours, number=number)
    sealed, failed = [], []

    def work():
        try:
            while done := seal(limit=7):
                sealed.append(done)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert sum(sealed) == LogEntry.objects.count()
    assert list(verify()) == []
