"""The back office: for administrators, in our look, in both languages; the log is for reading only."""

import pytest
from django.contrib import admin
from django.urls import reverse

from erp.audit.services import record
from erp.models import LogEntry
from tests.erp.pages import get


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_admin_index_in_our_look(cast, client, language):
    text = get(client, cast["admin"], "/admin/", language=language).content.decode()
    assert ("Back to the site" in text) is (language == "en")
    for part in ("css/admin.css", 'href="/account/"', 'action="/logout/"', 'action="/language/"', "测试机械"):
        assert part in text
    assert "Django" not in text.replace("django", "")


@pytest.mark.parametrize("who", ["boss", "pm", "staff.mech"])
def test_admin_is_closed_to_others(cast, client, who):
    assert get(client, cast[who], "/admin/").status_code == 302


def test_admin_is_404_for_customers(cast, client):
    assert get(client, cast["customer.a"], "/admin/").status_code in (302, 404)


def test_log_can_be_read_but_not_written(cast, client):
    row = record("view", cast.own)
    pages = {
        name: reverse(f"admin:erp_logentry_{name}", args=args)
        for name, args in (("changelist", ()), ("change", (row.pk,)), ("delete", (row.pk,)), ("add", ()))
    }
    assert get(client, cast["admin"], pages["changelist"]).status_code == 200
    detail = get(client, cast["admin"], pages["change"])
    assert detail.status_code == 200
    assert 'name="_save"' not in detail.content.decode()
    for name in ("delete", "add"):
        assert get(client, cast["admin"], pages[name]).status_code == 403
    assert client.post(pages["change"], {"verb": "x"}).status_code == 403
    assert LogEntry.objects.get(pk=row.pk).verb == "view"


def test_log_and_index_speak_chinese(cast, client):
    record("view", cast.own)
    record("sign_in", cast["boss"])
    text = get(client, cast["admin"], reverse("admin:erp_logentry_changelist")).content.decode()
    for word in ("sign_in", "timestamp", "object representation"):
        assert f">{word}<" not in text.lower()
    assert ">登录<" in text
    narrow = get(client, None, reverse("admin:erp_logentry_changelist") + "?verb=sign_in").content.decode()
    assert str(cast.own) not in narrow
    index = get(client, None, "/admin/").content.decode()
    assert "Model name" not in index
    assert "Add link" not in index


#: Groups belong to the code (one per customer company): Django registers them, nobody may open them.
OURS = [model for model in admin.site._registry if model._meta.app_label != "auth"]


@pytest.mark.parametrize("model", OURS, ids=lambda m: m._meta.label)
def test_every_back_office_list_opens_and_nothing_is_deleted(cast, client, model):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert get(client, cast["admin"], reverse(f"{name}_changelist")).status_code == 200
    rows = model._default_manager.all()
    row = (rows.for_user(cast["admin"]) if hasattr(rows, "for_user") else rows).first()
    if row is not None:
        assert get(client, None, reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert get(client, None, reverse(f"{name}_delete", args=[row.pk])).status_code == 403
