"""Pages for what goes wrong: in the reader's language, telling nothing of the inside."""

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path
from django.utils import translation

from erp.urls import *  # noqa: F403
from erp.urls import urlpatterns as real
from tests.erp.pages import get

SECRET = "secret-detail-4711"
FAULTS = {400: BadRequest, 403: PermissionDenied, 404: Http404, 413: RequestDataTooBig, 500: RuntimeError}


def fault(request, code):
    raise FAULTS[code](SECRET)


urlpatterns = [*real, path("fault/<int:code>/", fault)]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_tell_nothing_of_the_inside(cast, code, language):
    client = Client(raise_request_exception=False)
    response = get(client, cast["boss"], f"/fault/{code}/", language=language)
    text = response.content.decode()
    assert response.status_code == code
    assert f'lang="{language}"' in text or 'lang="zh-CN"' in text
    for word in (SECRET, "Traceback", "RuntimeError", "/work/", "django", "Django"):
        assert word not in text


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 429, 500, 503])
def test_error_templates_render_without_context_in_both_languages(code):
    pages = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            pages[language] = render_to_string(f"{code}.html")
        assert str(code) in pages[language]
    assert pages["zh-hans"] != pages["en"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_unknown_addresses_are_404_for_everybody_signed_in(cast, client, language):
    for who in ("boss", "staff.mech", "customer.a"):
        response = get(client, cast[who], "/no/such/page/", language=language)
        assert response.status_code == 404
        assert "/no/such/page" not in response.content.decode()


def test_csrf_failure_has_its_own_page(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["boss"])
    response = client.post("/preference/theme/", {"value": "dark"})
    assert response.status_code == 403
    assert "CSRF" not in response.content.decode()
    with translation.override("zh-hans"):
        assert render_to_string("403.html", {"csrf": True}).split("<h1>")[1][:6] in response.content.decode()


def test_healthz_answers_anybody(client):
    assert client.get("/healthz").json() == {"ok": True}


def test_readyz_asks_the_database(client, monkeypatch):
    assert client.get("/readyz").json() == {"ok": True}

    def broken(*args, **kwargs):
        raise OperationalError(SECRET)

    monkeypatch.setattr("erp.views.MigrationExecutor", broken)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"ok": False})


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("theme", "dark", True),
        ("theme", "pink", False),
        ("density", "compact", True),
        ("other", "dark", False),
    ],
)
def test_preference_keeps_known_choices_only(cast, client, name, value, kept):
    client.force_login(cast["boss"])
    client.post(f"/preference/{name}/", {"value": value})
    assert (client.cookies.get(name) is not None) is kept


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https:evil.example", "/\\evil.example", "javascript:alert(1)", "http://x/", ""],
)
def test_preference_never_leads_away(cast, client, target):
    client.force_login(cast["boss"])
    assert client.post("/preference/theme/", {"value": "dark", "next": target}).headers["Location"] == "/"


@pytest.mark.parametrize("code", ["en", "zh-hans", "xx", "../../x", "\0"])
def test_language_switch_takes_any_code(client, code):
    response = client.post("/language/", {"language": code, "next": "/login/"})
    assert response.status_code == 302
    assert ("django_language" in response.cookies) is (code in ("en", "zh-hans"))
