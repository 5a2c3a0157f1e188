"""Run by test_money_at_once in a process of its own: several write one contract's money at once."""

import sys
from decimal import Decimal

from tests.side_by_side import play, refused

CROWD = 20


def contract_of(cast, name):
    """A contract over a million with its whole price in one part."""
    from contracts import services
    from tests.cast import TEAM, make_contract

    contract = make_contract(cast, number=name, team=TEAM)
    return services.edit_contract(contract, actor=cast["boss"], version=None, deal_amount=Decimal(1_000_000))


def whole(cast, contract):
    from contracts import services

    return services.add_milestone(contract, actor=cast["boss"], title="全款", percent=Decimal(100))


def received(milestone):
    from contracts.services.money import claim_of

    return claim_of(milestone).received


def crowd(deed):
    return refused(*[lambda nth=nth: deed(nth) for nth in range(CROWD)])


def book(cast, milestone, amount):
    from django.utils import timezone

    from contracts import services

    today = timezone.localdate()
    return services.receive_payment(milestone, actor=cast["boss"], amount=Decimal(amount), received_on=today)


def one_receipt_covers_it(cast, contract):
    """Everybody enters the same bank transfer: it is booked once, the others are asked."""
    milestone = whole(cast, contract)
    ends = crowd(lambda _nth: book(cast, milestone, 1_000_000))
    assert sorted(set(ends)) == ["", "TooMuch"], ends
    assert ends.count("") == 1, ends
    assert received(milestone) == Decimal(1_000_000)


def parts_never_exceed(cast, contract):
    """Twenty receipts of 300,000: three fit."""
    milestone = whole(cast, contract)
    ends = crowd(lambda _nth: book(cast, milestone, 300_000))
    assert ends.count("") == 3, ends
    assert received(milestone) == Decimal(900_000)


def taken_back_once(cast, contract):
    from contracts import services
    from erp.models import LogEntry

    payment = book(cast, whole(cast, contract), 500)
    ends = crowd(
        lambda nth: services.take_back_payment(payment, actor=cast["boss"], reason=f"写错了金额 {nth}")
    )
    assert ends.count("") == 1, ends
    assert LogEntry.objects.filter(verb="take_back", object_pk=str(payment.pk)).count() == 1


def sent(cast, contract):
    from contracts import services

    order = services.create_change(
        contract, actor=cast["boss"], title="加装检测", reason="客户要求", price_change=Decimal("12345.67")
    )
    return services.send_change(order, actor=cast["boss"])


def one_answer(cast, contract):
    """The customer accepts and rejects in two windows while the boss withdraws it."""
    from contracts import services
    from contracts.models import ChangeOrder

    order = sent(cast, contract)

    def deed(nth):
        if nth % 3 == 0:
            return services.accept_change(order, actor=cast["customer.a"], version=order.version)
        if nth % 3 == 1:
            return services.reject_change(
                order, actor=cast["customer.a"], reason="太贵了", version=order.version
            )
        return services.withdraw_change(order, actor=cast["boss"], reason="算错了", version=order.version)

    ends = crowd(deed)
    assert ends.count("") == 1, ends
    assert ChangeOrder.objects.get(pk=order.pk).version == order.version + 1


def applied_once(cast, contract):
    """However many click, the price moves once, and a receipt at the same instant is not lost."""
    from contracts import services
    from contracts.models import Contract

    milestone, order = whole(cast, contract), sent(cast, contract)
    order = services.accept_change(order, actor=cast["customer.a"])

    def deed(nth):
        return services.apply_change(order, actor=cast["boss"]) if nth % 2 else book(cast, milestone, 100)

    ends = crowd(deed)
    assert ends.count("") == 1 + CROWD // 2, ends
    assert Contract.objects.get(pk=contract.pk).deal_amount == Decimal("1012345.67")
    assert received(milestone) == Decimal(100 * CROWD // 2)
    last = services.create_change(
        Contract.objects.get(pk=contract.pk), actor=cast["boss"], title="再改", reason="客户", scope="x"
    )
    assert last.number == 2, last.number


if __name__ == "__main__":
    sys.exit(
        play(
            one_receipt_covers_it,
            parts_never_exceed,
            taken_back_once,
            one_answer,
            applied_once,
            given=lambda cast, name: (contract_of(cast, name),),
        )
    )
