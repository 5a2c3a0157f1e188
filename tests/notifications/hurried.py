"""The product in a hurry: seconds are shorter, nothing else differs. For the proofs of the outbox.

`python -m tests.notifications.hurried serve|worker|proof|<any command of manage.py>`, each a process of
its own that a test may kill.
"""

import os
import sys

from notifications import http, pace

pace.SECOND = float(os.environ.get("SECOND", "0.1"))
pace.RETRIES = (1, 2, 3, 5, 8, 13, 20, 20, 20, 20, 20, 20, 20, 20)
pace.REST = 10
http.SECONDS = 2.0


def main(argv):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "erp.settings")
    import django

    django.setup()
    from erp.celery import app
    from tests.notifications import proof

    proof.register_event()
    usual = app.conf.beat_schedule["deliver messages"]
    app.conf.beat_schedule = {
        "deliver messages": {**usual, "schedule": 5 * pace.SECOND, "options": {"expires": 30}}
    }
    if argv[0] == "worker":
        app.worker_main(argv)
    elif argv[0] == "proof":
        proof.main(argv[1:])
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *argv])


if __name__ == "__main__":
    main(sys.argv[1:])
