"""`manage.py createadmin` on an empty site."""

import pytest
from django.core.management import CommandError, call_command

from erp.models import LogEntry
from orgchart.models import User

PASSWORD = "kalte Fabrik 19"


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "password"
    path.write_text(f"\ufeff{PASSWORD}\nsecond line\n", encoding="utf-8")
    return path


def run(password, **more):
    call_command(
        "createadmin", **{"username": "Chef", "email": "Chef@Example.org", "password_file": password, **more}
    )


def test_the_first_administrator_can_sign_in(client, password, capsys):
    run(password)
    user = User.objects.get()
    assert (user.username, user.email, user.role, user.is_staff) == (
        "chef",
        "chef@example.org",
        "admin",
        True,
    )
    assert "chef" in capsys.readouterr().out
    assert client.post("/login/", {"username": "chef", "password": PASSWORD}).status_code == 302
    assert client.get("/admin/").status_code == 200
    assert LogEntry.objects.get(verb="create").source == "command"


@pytest.mark.parametrize(
    ("more", "word"),
    [({"username": "a b"}, "username"), ({"email": "x"}, "email"), ({"username": ""}, "username")],
)
def test_refusals_say_why(password, more, word):
    with pytest.raises(CommandError, match=word):
        run(password, **more)
    assert not User.objects.exists()


def test_twice_is_refused(password):
    run(password)
    with pytest.raises(CommandError):
        run(password)


def test_bad_passwords_are_refused(tmp_path, password):
    for text in ("", "short", "1234567890123"):
        password.write_text(text)
        with pytest.raises(CommandError):
            run(password)
    with pytest.raises(CommandError):
        run(tmp_path / "missing")
    with pytest.raises(CommandError):
        run(None)


def test_help_is_bilingual(capsys):
    with pytest.raises(SystemExit):
        call_command("createadmin", "--help")
    text = capsys.readouterr().out
    assert "administrator" in text
    assert "管理员" in text
