"""Run by the drills in a process of its own: a site with the cast in DATA_DIR; says how to reach it."""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "erp.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from documents.models import DocumentType
    from tests.cast import build_cast

    call_command("migrate", verbosity=0)
    cast = build_cast()
    sessions = {}
    for name in ("pm", "boss", "staff.mech"):
        client = Client()
        client.force_login(cast[name])
        sessions[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    kind = DocumentType.objects.get(slug="technical")
    sys.stdout.write(json.dumps({"contract": cast.own.pk, "type": kind.pk, "sessions": sessions}))
    connection.close()


main()
