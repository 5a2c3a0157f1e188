"""Two people edit one contract: the second sees both versions and chooses; nothing is lost silently."""

from html.parser import HTMLParser

import pytest

from contracts.models import Contract
from contracts.services import edit_contract
from erp.models import LogEntry


class Forms(HTMLParser):
    """The forms of a page as a browser would send them: (fields, words on the button)."""

    def __init__(self, text):
        super().__init__()
        self.forms, self._button = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.forms.append([found.get("action", ""), {}, ""])
        elif tag == "input" and self.forms and found.get("name"):
            self.forms[-1][1][found["name"]] = found.get("value", "")
        self._button = tag == "button"

    def handle_data(self, data):
        if self._button and self.forms:
            self.forms[-1][2] += data.strip()


def posted(contract, **changes):
    """What the edit form of `contract` posts with `changes` typed in."""
    names = ("number", "name", "contact", "contact_phone", "description", "version")
    data = {name: getattr(contract, name) for name in names}
    data |= {"company": contract.company_id, "manager": contract.manager_id, "sales_person": ""}
    data |= {"signed_on": str(contract.signed_on), "planned_delivery": str(contract.planned_delivery)}
    data |= {"currency": contract.currency, "quote_amount": "", "deal_amount": ""}
    return data | changes


@pytest.fixture
def overtaken(cast, client):
    """The conflict page that sales gets, having typed a name and a contact after boss changed contact
    and description; the seen version is the cast's."""
    seen = Contract.objects.get(pk=cast.own.pk)
    edit_contract(
        cast.own, actor=cast["boss"], version=seen.version, contact="老板的联系人", description="老板的备注"
    )
    client.force_login(cast["sales"])
    url = f"/contracts/{seen.pk}/edit/"
    return url, client.post(url, posted(seen, name="新名称", contact="销售的联系人"))


def stored(cast):
    row = Contract.objects.get(pk=cast.own.pk)
    return row.name, row.contact, row.description


def choose(client, response, word):
    client.cookies["django_language"] = "en"
    forms = [form for form in Forms(response.content.decode()).forms if word in form[2]]
    assert len(forms) == 1
    action, data, _text = forms[0]
    return client.post(action, data)


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


def test_conflict_shows_both_and_writes_nothing(cast, client, overtaken):
    url, response = overtaken
    assert response.status_code == 409
    text = response.content.decode()
    for word in ("新名称", "销售的联系人", "老板的联系人", "老板的备注"):
        assert word in text
    assert stored(cast)[:2] == (cast.own.name, "老板的联系人")
    assert LogEntry.objects.filter(actor=cast["sales"], verb="change").count() == 0


def test_conflict_merge_keeps_theirs_where_i_changed_nothing(cast, client, overtaken):
    _url, response = overtaken
    assert choose(client, response, "keep theirs").status_code == 302
    assert stored(cast) == ("新名称", "销售的联系人", "老板的备注")


def test_conflict_keep_mine_writes_all_of_mine(cast, client, overtaken):
    _url, response = overtaken
    assert choose(client, response, "all of my version").status_code == 302
    assert stored(cast) == ("新名称", "销售的联系人", "")


def test_conflict_again_when_somebody_was_faster_again(cast, client, overtaken):
    _url, response = overtaken
    edit_contract(cast.own, actor=cast["boss"], version=None, contact="第三次")
    assert choose(client, response, "keep theirs").status_code == 409
    assert stored(cast)[1] == "第三次"


def test_conflict_as_fragment(cast, client):
    seen = Contract.objects.get(pk=cast.own.pk)
    edit_contract(cast.own, actor=cast["boss"], version=None, contact="x")
    client.force_login(cast["sales"])
    headers = {"HX-Request": "true"}
    response = client.post(f"/contracts/{seen.pk}/edit/", posted(seen, name="y"), headers=headers)
    assert response.status_code == 409
    assert b"<html" not in response.content
