"""Membership is the fact, grants are its consequence."""

import pytest

from contracts import services
from contracts.models import Contract
from erp.access import allowed
from erp.access import held as held_of

VERBS = {
    "boss": {"view", "change", "manage_team", "view_finance", "manage_finance", "reopen", "cancel"},
    "admin": {"view", "change", "manage_team", "view_finance", "manage_finance"},
    "pm": {"view", "change", "manage_team"},
    "leader.mech": {"view"},
    "staff.mech": {"view"},
    "sales": {"view", "change", "view_finance", "manage_finance"},
    "buyer": {"view"},
    "qc": {"view"},
    "service": {"view"},
    "outsider": set(),
    "ex-member": set(),
    "disabled": set(),
    "customer.a": {"follow"},
    "customer.b": set(),
}
ASKED = sorted(set.union(*VERBS.values()))


@pytest.mark.parametrize("who", VERBS)
def test_each_position_holds_its_verbs(cast, who):
    held = {verb for verb in ASKED if allowed(cast[who], verb, cast.own)}
    assert held == held_of(cast[who], ASKED, cast.own)
    assert held == VERBS[who]


@pytest.mark.parametrize("who", [w for w in VERBS if w not in ("boss", "admin")])
def test_foreign_contract_does_not_exist(cast, who):
    expected = {"follow"} if who == "customer.b" else set()
    assert {v for v in ASKED if allowed(cast[who], v, cast.foreign)} == expected


def test_guardian_agrees_with_for_user(cast):
    for who in ("pm", "leader.mech", "staff.mech", "sales", "outsider", "ex-member", "customer.a"):
        for verb in ASKED:
            asked = cast[who].has_perm(f"contracts.{verb}_contract", cast.own)
            assert asked is allowed(cast[who], verb, cast.own), (who, verb)


def test_deriving_again_changes_nothing(cast):
    assert services.sync_all_grants() == 0


def test_rights_leave_with_the_member(cast):
    member = cast.own.team.get(person=cast.people["staff.mech"])
    services.remove_member(member, actor=cast["pm"])
    assert cast.own not in Contract.objects.for_user(cast["staff.mech"])
