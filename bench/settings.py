"""The product's settings with static files found by name: collecting them is not what is measured."""

from erp.settings import *  # noqa: F403
from erp.settings import STORAGES

ROOT_URLCONF = "bench.urls"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
