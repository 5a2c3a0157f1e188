"""Run by test_codes in a process of its own: twenty people open a contract at the same instant."""

import os
import sys
import threading
from datetime import timedelta
from pathlib import Path

AT_ONCE = 20


def main() -> int:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "erp.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from contracts import services
    from contracts.models import Contract
    from tests.cast import build_cast

    call_command("migrate", verbosity=0)
    cast, before, today = build_cast(), Contract.objects.count(), timezone.localdate()
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
    expected = [f"P{today.year}-{n:04d}" for n in range(1, before + AT_ONCE + 1)]
    connection.close()
    print(connection.vendor, failed, "ok" if codes == expected else codes)
    return 0 if not failed and codes == expected else 1


if __name__ == "__main__":
    sys.exit(main())
