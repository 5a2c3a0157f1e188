"""Run by test_codes in a process of its own: twenty people open a contract at the same instant."""

import sys
import threading
from datetime import timedelta

from tests.side_by_side import play

AT_ONCE = 20


def twenty_contracts(cast):
    from django.db import connection
    from django.utils import timezone

    from contracts import services
    from contracts.models import Contract

    before, today = Contract.objects.count(), timezone.localdate()
    failed, start = [], threading.Barrier(AT_ONCE)

    def open_one(n):
        try:
            start.wait(60)
            services.create_contract(
                actor=cast["boss" if n % 2 else "sales"],
                number=f"HT-T-{n}",
                name="并发",
                company=cast.companies["a"],
                manager=cast.people["pm"],
                signed_on=today,
                planned_delivery=today + timedelta(days=9),
            )
        except Exception as why:
            failed.append(repr(why))
        finally:
            connection.close()

    threads = [threading.Thread(target=open_one, args=(n,)) for n in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(Contract.objects.values_list("code", flat=True))
    assert not failed, failed
    assert codes == [f"P{today.year}-{n:04d}" for n in range(1, before + AT_ONCE + 1)], codes


if __name__ == "__main__":
    sys.exit(play(twenty_contracts))
