"""Pages cost the same however much they show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts import services
from erp.roles import Duty
from tests.cast import make_contract


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_portal_list_costs_the_same_for_more_contracts(cast, sign_in):
    client = sign_in("customer.a")
    before = queries(client, "/portal/")
    make_contract(cast, number="HT-2")
    make_contract(cast, number="HT-3")
    assert queries(client, "/portal/") == before <= 8


@pytest.mark.parametrize("who", ["boss", "pm", "staff.mech"])
@pytest.mark.parametrize("tab", ["", "team/", "history/"])
def test_contract_page_costs_the_same_for_a_larger_team(cast, sign_in, who, tab):
    client, url = sign_in(who), f"/contracts/{cast.own.pk}/{tab}"
    before = queries(client, url)
    for name in ("outsider", "ex-member"):
        person = cast.people[name]
        services.add_member(
            cast.own, actor=cast["boss"], person=person, department=person.department, duty=Duty.MEMBER
        )
    assert queries(client, url) <= before
    if not tab:
        assert before <= 18


def test_tiles_cost_the_same_for_more_contracts(cast, boss):
    for name in ("pipeline", "trend"):
        before = queries(boss, f"/contracts/tiles/{name}/")
        make_contract(cast, number=f"HT-{name}", team={})
        assert queries(boss, f"/contracts/tiles/{name}/") == before
