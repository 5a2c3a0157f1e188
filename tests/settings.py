"""The product's settings in a DATA_DIR of this process's own, with fast passwords."""

from tests import environment  # noqa: F401  # isort: skip  (before the settings read the environment)
from erp.settings import *  # noqa: F403
from erp.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
