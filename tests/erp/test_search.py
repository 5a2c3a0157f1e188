"""The search frame: cleaned text, grouped hits, sources that fail alone."""

import pytest

from erp import register
from erp.search import HITS, MOST, Hit, SearchSource, clean, long_enough
from tests.erp.pages import get


@pytest.fixture
def sources(monkeypatch):
    found: dict[str, SearchSource] = {}
    monkeypatch.setitem(register._entries, "erp.search", found)
    return found


def finder(number):
    return lambda user, text, limit: [Hit(f"{text} {n}", "", f"/x/{n}/") for n in range(min(number, limit))]


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("  ＨＴ－２０２６  ", "HT-2026"),
        ("a\0b\u202ec", "a b c"),
        ("灌装", "灌装"),
        ("x" * 10_000, "x" * MOST),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_clean(typed, searched):
    assert clean(typed) == searched


def test_one_letter_is_too_short_one_character_is_not():
    assert not long_enough("a")
    assert long_enough("灌")
    assert long_enough("HT")


def test_search_groups_hits_and_says_when_there_are_more(cast, client, sources):
    sources["few"] = SearchSource("Few", "files", finder(2))
    sources["many"] = SearchSource("Many", "files", finder(99))
    sources["none"] = SearchSource("None", "files", finder(0))
    response = get(client, cast["staff.mech"], "/search/", q="pump")
    groups = {g.source.label: g for g in response.context["groups"]}
    assert set(groups) == {"Few", "Many"}
    assert (len(groups["Many"].hits), groups["Many"].more, groups["Few"].more) == (HITS, True, False)
    assert 'href="/x/1/"' in response.content.decode()


def test_search_source_fails_alone(cast, client, sources, caplog):
    def broken(user, text, limit):
        raise RuntimeError("secret detail")

    sources["broken"] = SearchSource("Broken", "files", broken)
    sources["fine"] = SearchSource("Fine", "files", finder(1))
    text = get(client, cast["boss"], "/search/", q="pump").content.decode()
    assert "pump 0" in text
    assert "Broken" in text
    assert "secret detail" not in text


@pytest.mark.parametrize("q", ["", "a", " ", "\0", "x" * 10_000, "%_[", "<script>alert(1)</script>", "'; --"])
def test_search_takes_any_text(cast, client, q):
    response = get(client, cast["staff.mech"], "/search/", q=q)
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


def test_search_fragment_and_page(cast, client, sources):
    assert b"<html" in get(client, cast["boss"], "/search/", q="pump").content
    assert b"<html" not in get(client, cast["boss"], "/search/", htmx=True, q="pump").content


@pytest.mark.parametrize("who", ["outsider", "ex-member", "leader.elec"])
def test_search_finds_nothing_foreign(cast, client, who):
    found = get(client, cast[who], "/search/", q="HT-FOREIGN").context["groups"]
    assert [hit.title for group in found for hit in group.hits] == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_help_in_both_languages(cast, client, language):
    text = get(client, cast["staff.mech"], "/help/", language=language).content.decode()
    assert ("The way of a contract" in text) is (language == "en")
