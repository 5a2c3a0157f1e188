"""Own words per event and language: declared placeholders only, and never a template language."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from erp import register
from notifications import wordings
from notifications.events import wording
from notifications.models import Template
from notifications.services import save_wording

PARAMS = {"contract": "HT-1", "task": "装配 {contract}", "due": "2026-12-04"}


def save(cast, who="boss", event="task_assigned", language="zh-hans", **fields):
    facts = {"title": "新活", "text": "{task}（{contract}）{due} 前", "active": True, **fields}
    row = Template.objects.filter(event=event, language=language).first()
    return save_wording(event, language, actor=cast[who], version=row.version if row else None, **facts)


def said(language="zh-hans", event="task_assigned"):
    with translation.override(language):
        words = wording(event, PARAMS)
    return words.title, words.text


def test_own_words_replace_the_products_in_their_language_only(cast):
    usual = said("en")
    save(cast)
    assert said() == ("新活", "装配 {contract}（HT-1）2026-12-04 前")  # a value is never read again
    assert said("en") == usual


def test_switched_off_the_products_words_come_back(cast):
    usual = said()
    save(cast)
    save(cast, active=False)
    assert said() == usual


@pytest.mark.parametrize(
    "text",
    [
        "{unknown}",
        "{task.contract}",
        "{task!r}",
        "{task:>99999999}",
        "{task[0]}",
        "{}",
        "{0}",
        "{ task }",
        "{{task}}",
        "{task",
        "task}",
        "{TASK}",
        "{reason}",  # another event's
        "{{% now 'Y' %}}",
    ],
)
@pytest.mark.parametrize("field", ["title", "text"])
def test_anything_but_a_declared_placeholder_is_refused_with_a_sentence(cast, field, text):
    with pytest.raises(ValidationError) as wrong:
        save(cast, **{field: text})
    (sentence,) = wrong.value.message_dict[field]
    assert "{" in sentence
    assert not Template.objects.exists()


def test_percent_signs_and_markup_are_only_letters(cast):
    save(cast, text="100% %(task)s <b>{task}</b> {contract}")
    assert said()[1] == "100% %(task)s <b>装配 {contract}</b> HT-1"


def test_a_missing_value_leaves_nothing(cast):
    save(cast)
    with translation.override("zh-hans"):
        assert wording("task_assigned", {"contract": "HT-1"}).text == "（HT-1） 前"


@pytest.mark.parametrize("who", ["pm", "leader.mech", "sales"])
def test_only_boss_and_administrator_write_them(cast, who):
    with pytest.raises(PermissionDenied):
        save(cast, who=who)


def test_every_events_own_words_pass_its_own_check():
    for name in register.entries("notifications.events"):
        for language in ("zh-hans", "en"):
            with translation.override(language):
                title, text = wordings.product_words(name)
            wordings.check(name, title)
            wordings.check(name, text)


def test_the_page_previews_without_saving_and_says_what_is_wrong(client, cast):
    client.force_login(cast["admin"])
    url = "/notifications/wordings/task_assigned/zh-hans/"
    page = client.get(url)
    assert page.context["names"] == ["contract", "task", "due"]
    data = {"title": "新活", "text": "{task} 到 {due}", "active": "on"}
    page = client.post(url, {**data, "preview": "1"})
    assert page.context["sample"].text == "主机装配 到 2026-12-04"
    assert not Template.objects.exists()
    wrong = client.post(url, {**data, "text": "{money}", "preview": "1"})
    assert wrong.status_code == 422
    assert "{money}" in wrong.content.decode()
    assert client.post(url, data).status_code == 302
    assert Template.objects.get().text == "{task} 到 {due}"
    (row,) = [
        row
        for row in client.get("/notifications/wordings/").context["rows"]
        if row["words"][0]["own"] or row["words"][1]["own"]
    ]
    assert "{task} 到 {due}" in {words["text"] for words in row["words"]}
    stale = client.post(url, {**data, "version": "9"})
    assert stale.status_code == 409


@pytest.mark.parametrize(
    "url", ["/notifications/wordings/no_such/en/", "/notifications/wordings/task_assigned/fr/"]
)
def test_what_does_not_exist_is_not_found(client, cast, url):
    client.force_login(cast["boss"])
    assert client.get(url).status_code == 404


def test_the_inbox_speaks_the_own_words(client, cast, told):
    save(cast, event="plan_released", text="{contract} 的计划下来了", title="开工")
    told("pm", send=False)
    client.force_login(cast["pm"])
    text = client.get("/notifications/").content.decode()
    assert "开工" in text
    assert "HT-OWN-1 的计划下来了" in text


def test_the_back_office_keeps_them_by_the_same_rules(client, cast):
    client.force_login(cast["admin"])
    url = "/admin/notifications/template/add/"
    data = {
        "event": "task_assigned",
        "language": "zh-hans",
        "title": "新活",
        "text": "{money}",
        "active": "on",
    }
    wrong = client.post(url, data)
    assert "{money}" in wrong.content.decode()
    assert not Template.objects.exists()
    assert client.post(url, {**data, "text": "{task}"}).status_code == 302
    row = Template.objects.get()
    assert (row.text, row.history.first().history_user) == ("{task}", cast["admin"])
    change = f"/admin/notifications/template/{row.pk}/change/"
    data = {"title": "新活", "text": "{task} {due}", "active": "on", "seen": row.version}
    assert client.post(change, data).status_code == 302
    assert Template.objects.get().text == "{task} {due}"
