"""A wrong value stops the start with one clear line; every variable is in deploy/env.example."""

import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests.erp.operator import environment

WRONG = {
    "SECRET_KEY": "short",
    "DEBUG": "perhaps",
    "DATABASE_URL": "oracle://x/y",
    "LANGUAGE_CODE": "de",
    "LOG_FORMAT": "xml",
    "LOG_LEVEL": "LOUD",
    "APP_BASE_URL": "ftp://x",
    "CELERY_BROKER_URL": "amqp://x",
    "TIME_ZONE": "Mars/Olympus",
    "TRUSTED_PROXIES": "10.0.0.0/99",
    "MEDIA_STORAGE_URL": "ftp://x",
    "ALLOWED_HOSTS": ",",
    "EMAIL_URL": "pigeon://x",
    "CLAMD": "tcp://127.0.0.1",
}


def start(tmp_path, **env):
    return subprocess.run(
        [sys.executable, "-c", "import erp.settings"],  # noqa: S603
        cwd=settings.BASE_DIR, env=environment(tmp_path, **env), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_stops_with_one_line(tmp_path, name):
    done = start(tmp_path, **{name: WRONG[name]})
    assert done.returncode == 1, done
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("settings: ")
    assert name in lines[0] or WRONG[name] in lines[0]


def test_defaults_start_and_keep_their_secrets(tmp_path):
    assert start(tmp_path).returncode == 0
    secret = (tmp_path / "secret_key").read_text()
    assert start(tmp_path).returncode == 0
    assert (tmp_path / "secret_key").read_text() == secret
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert secret != (tmp_path / "audit_key").read_text()


def test_a_data_dir_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = start(tmp_path / "file")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_env_file_is_read_and_the_environment_wins(tmp_path):
    (tmp_path / ".env").write_text("LANGUAGE_CODE=de\n")
    assert "LANGUAGE_CODE" in start(tmp_path).stderr
    assert start(tmp_path, LANGUAGE_CODE="en").returncode == 0


def test_every_variable_is_listed_and_every_listed_one_is_read():
    source = (settings.BASE_DIR / "erp" / "settings.py").read_text()
    read = set(re.findall(r"""(?:env\.\w+|_flag)\(\s*"([A-Z_]+)\"""", source))
    listed = set(
        re.findall(r"^#? ?([A-Z][A-Z_]+)=", (settings.BASE_DIR / "deploy/env.example").read_text(), re.M)
    )
    assert read == listed
