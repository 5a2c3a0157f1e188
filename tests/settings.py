"""The product's settings in a DATA_DIR of this process's own, with fast passwords."""

from tests import environment  # noqa: F401  # isort: skip  (before the settings read the environment)
from erp.settings import *  # noqa: F403
from erp.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file as in real life: threads of one test meet the same locks as two visitors.
    DATABASES["default"]["TEST"] = {"NAME": str(environment.DATA_DIR / "test.sqlite3")}
