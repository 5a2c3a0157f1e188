"""`manage.py serve` that kills itself (SIGKILL) at one place: python faulty_serve.py <place> <port>.

stored: the bytes lie under their key, their row is not committed; committed: the row is, the answer is
not sent."""

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "erp.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from documents import services, store
    from documents.views import uploads

    place, port = sys.argv[1:]

    def deadly(deed):
        def do(*args, **kwargs):
            deed(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)

        return do

    if place == "stored":
        store.put = deadly(store.put)
    else:
        setattr(uploads, "upload_document", deadly(services.upload_document))  # noqa: B010 imported there
    call_command("serve", "--port", port)


main()
