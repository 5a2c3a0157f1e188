"""What is printed once for many: nobody gets another's menu, language, name or token."""

import re

import pytest
from django.conf import settings

HOSTILE = '<script>alert("name")</script>'


def page(client, user, path="/contracts/", language="en"):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.force_login(user)
    return client.get(path).content.decode()


def menu(html):
    return re.findall(r'class="nav-entry" href="([^"]+)"( aria-current="page")?', html)


def test_menus_differ_by_right_and_place(cast, client):
    boss, staff = menu(page(client, cast["boss"])), menu(page(client, cast["staff.mech"]))
    assert ("/audit/", "") in boss
    assert "/audit/" not in dict(staff)
    assert [url for url, here in boss if here] == ["/contracts/"]
    mine = menu(page(client, cast["boss"], "/tasks/mine/"))
    assert [url for url, here in mine if here] == ["/tasks/mine/"]


@pytest.mark.parametrize("order", [("en", "zh-hans"), ("zh-hans", "en")])
def test_each_language_has_its_own_frame(cast, client, order):
    for language in order:
        html = page(client, cast["boss"], language=language)
        assert ("Keyboard shortcuts" in html) == (language == "en")
        assert ("Main navigation" in html) == (language == "en")
        assert ("切换到中文" in html) == (language == "en")


def test_name_and_address_are_escaped(cast, client):
    type(cast["boss"]).objects.filter(pk=cast["boss"].pk).update(name=HOSTILE)
    html = page(client, cast["boss"], '/contracts/?q="><script>x</script>')
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&quot;name&quot;)" in html
    assert "<script>x" not in html


def test_every_visitor_has_their_own_token(cast, client):
    tokens = set()
    for who in ("boss", "staff.mech"):
        found = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page(client, cast[who])))
        assert len(found) == 1
        tokens |= found
    assert len(tokens) == 2


@pytest.mark.parametrize("path", ["/contracts/", "/tasks/mine/", "/"])
def test_no_mark_of_a_stencil_is_left(cast, client, path):
    html = page(client, cast["staff.mech"], path)
    assert "\ue000" not in html
    assert "\ue001" not in html
