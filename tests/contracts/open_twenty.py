"""Run by test_codes in a process of its own: twenty people open a contract at the same instant."""

import sys
from datetime import timedelta

from tests.side_by_side import at_once, play

AT_ONCE = 20


def twenty_contracts(cast):
    from django.utils import timezone

    from contracts import services
    from contracts.models import Contract

    before, today = Contract.objects.count(), timezone.localdate()

    def open_one(n):
        services.create_contract(
            actor=cast["boss" if n % 2 else "sales"],
            number=f"HT-T-{n}",
            name="并发",
            company=cast.companies["a"],
            manager=cast.people["pm"],
            signed_on=today,
            planned_delivery=today + timedelta(days=9),
        )

    at_once(*[lambda n=n: open_one(n) for n in range(AT_ONCE)])
    codes = sorted(Contract.objects.values_list("code", flat=True))
    assert codes == [f"P{today.year}-{n:04d}" for n in range(1, before + AT_ONCE + 1)], codes


if __name__ == "__main__":
    sys.exit(play(twenty_contracts))
