"""The door: who gets in, how fast one may try, and when a session ends."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from erp.htmx import page_above
from erp.models import LogEntry
from orgchart import services
from orgchart.models import SignInThrottle, User
from orgchart.throttle import ADDRESS_FAILURES, delay_after, network_of

PASSWORD = "kalte Fabrik 19"


@pytest.fixture
def people(cast):
    for user in cast.users.values():
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return cast


def sign_in(client, username, password=PASSWORD, address="10.0.0.1", **more):
    return client.post("/login/", {"username": username, "password": password, **more}, REMOTE_ADDR=address)


@pytest.mark.parametrize(
    "name", ["boss", "BOSS", "  boss ", "ｂｏｓｓ", "boss@example.org", "Boss@Example.ORG"]
)
def test_sign_in_by_name_or_mail(client, people, name):
    response = sign_in(client, name)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert LogEntry.objects.filter(verb="sign_in", actor=people["boss"], remote_addr="10.0.0.1").exists()


def test_customers_land_on_the_portal(client, people):
    assert sign_in(client, "customer.a")["Location"] == "/portal/"


@pytest.mark.parametrize(
    ("name", "password"),
    [("boss", "wrong"), ("nobody", PASSWORD), ("disabled", PASSWORD), ("boss@example.or", PASSWORD)],
)
def test_wrong_answers_look_alike(client, people, name, password):
    response = sign_in(client, name, password)
    assert response.status_code == 422
    assert "sessionid" not in response.cookies
    assert response.context["form"].non_field_errors() == ["用户名或密码不正确。请核对后重试。"]
    row = LogEntry.objects.get(verb="sign_in_failed")
    assert row.additional_data == {"name": name}
    assert password not in str(row.__dict__)


@pytest.mark.parametrize(
    "data",
    [{}, {"username": "a\x00", "password": "x"}, {"username": "x" * 10_000, "password": "y"},
     {"username": "boss", "password": "x" * 4097}, {"username": "boss", "password": "a\x00b"}],
)  # fmt: skip
def test_unusable_input_is_a_sentence(client, people, data):
    response = client.post("/login/", data)
    assert response.status_code == 422
    assert b"error-summary" in response.content


def test_session_key_rotates_at_sign_in(client, people):
    session = client.session
    session["before"] = "x"
    session.save()
    before = session.session_key
    sign_in(client, "boss")
    assert client.session.session_key != before


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "https:evil.example",
     "javascript:alert(1)", "/%0d%0aSet-Cookie:x", "///evil.example", "http:///evil.example", "evil.example",
     "/\tevil", "\x00/evil"],
)  # fmt: skip
def test_next_never_leaves_the_site(client, people, target):
    location = sign_in(client, "boss", next=target)["Location"]
    assert location.startswith("/")
    assert "\n" not in location
    assert not location.startswith(("//", "/\\"))


def test_next_comes_back(client, people):
    page = client.get("/login/?next=/contracts/%3Fq%3Da")
    assert 'name="next" value="/contracts/?q=a"' in page.content.decode()
    assert sign_in(client, "boss", next="/contracts/?q=a")["Location"] == "/contracts/?q=a"


def test_back_office_has_the_same_door(client, people):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/login/?next=%2Fadmin%2F")


@pytest.mark.parametrize(("who", "status"), [("boss", 403), ("outsider", 403), ("customer.a", 404)])
def test_back_office_says_no_to_who_is_signed_in(client, cast, who, status):
    client.force_login(cast[who])
    assert client.get("/admin/", follow=True).status_code == status


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/account/?a=1", "/account/%3Fa%3D1"),
        ("http://evil.example/account/", "/account/sessions/"),
        ("", "/account/sessions/"),
    ],
)
def test_a_deed_after_the_session_leads_back_to_its_page(client, db, referer, back):
    response = client.post("/account/sessions/", headers={"referer": referer})
    assert response["Location"] == f"/login/?next={back}"


@pytest.mark.parametrize("referer", ["", "http://evil.example/x/", "http://testserver/account/sessions/"])
def test_after_signing_in_again_a_deed_ends_on_a_page(client, people, referer):
    """Also where the form stood on the answer to another deed, or nobody knows where it stood."""
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    sent = client.post("/account/sessions/", headers={**browser, "referer": referer})
    entered = {"username": "boss", "password": PASSWORD}
    answer = client.post(sent["Location"], entered, headers=browser, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[-1][0] == "/account/"


def test_scripts_still_hear_that_a_deed_is_no_page(client, cast):
    client.force_login(cast["boss"])
    for headers in ({}, {"accept": "application/json"}, {"accept": "text/html", "HX-Request": "true"}):
        assert client.get("/account/sessions/", headers=headers).status_code == 405
    assert client.put("/account/", headers={"accept": "text/html"}).status_code == 405


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/tasks/5/move/", "/tasks/5/"),
        ("/tasks/links/7/remove/", "/"),
        ("/contracts/3/plan/backward/", "/contracts/3/plan/"),
        ("/plan-changes/8/undo/", "/plan-changes/8/"),
        ("//evil.example/logout/", "/"),
        ("/logout/", "/"),
        ("/", "/"),
    ],
)
def test_the_page_above_is_the_nearest_there_is(path, page):
    assert page_above(path) == page


def test_scripts_are_told_that_the_session_ended(client, db):
    asked = {"accept": "application/json", "referer": "http://testserver/contracts/1/gantt/"}
    for response in (client.post("/tasks/1/reschedule/", headers=asked),
                     client.get("/contracts/1/gantt/data/", headers=asked)):  # fmt: skip
        assert response.status_code == 401
        told = {"message": "登录已失效，请重新登录。", "login": "/login/?next=/contracts/1/gantt/"}
        assert response.json() == told


@pytest.mark.parametrize(
    "url",
    ["/healthz", "/readyz", "/login/", "/account/", "/notifications/", "/org/people/", "/org/users/new/",
     "/org/settings/"],
)  # fmt: skip
def test_head_is_answered_like_get(client, cast, url):
    if url != "/login/":
        client.force_login(cast["admin"])
    response = client.head(url)
    assert (response.status_code, response.content) == (200, b"")


def test_failures_slow_down_one_account_from_one_address(client, people):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            assert sign_in(client, "boss", "wrong").status_code == 422
        waits = []
        for _ in range(8):
            response = sign_in(client, "boss")  # even the right password waits
            assert response.status_code == 429
            waits.append(int(response["Retry-After"]))
            clock.shift(timedelta(seconds=waits[-1]))
            assert sign_in(client, "boss@example.org", "wrong").status_code == 422
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
        assert sign_in(client, "boss", address="10.0.0.2").status_code == 302
        assert sign_in(client, "sales").status_code == 302


def test_waiting_is_said_in_both_languages(client, people):
    for _ in range(6):
        sign_in(client, "boss", "wrong")
    assert "秒" in sign_in(client, "boss", "wrong").content.decode()
    client.cookies["django_language"] = "en"
    assert "Wait 1 second" in sign_in(client, "boss", "wrong").content.decode()


def test_success_forgets_the_failures(client, people):
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(4):
            sign_in(client, "boss", "wrong")
        assert sign_in(client, "boss").status_code == 302
        client.post("/logout/")
        for _ in range(5):
            assert sign_in(client, "boss", "wrong").status_code == 422


def try_everybody(client, clock, rounds=0):
    """Fail as ever new names until the address waits, then `rounds` times more; returns the pauses."""
    waits = []
    for number in range(ADDRESS_FAILURES + rounds):
        if number >= ADDRESS_FAILURES:
            response = sign_in(client, "nobody at all", "wrong")
            assert response.status_code == 429
            waits.append(int(response["Retry-After"]))
            clock.shift(timedelta(seconds=waits[-1]))
        assert sign_in(client, f"name{number}", "wrong").status_code == 422
    return waits


def test_an_address_that_tries_everybody_is_slowed_down_for_the_hour(client, people):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert try_everybody(client, clock, rounds=8) == [1, 2, 4, 8, 16, 32, 60, 60]
        assert sign_in(client, "boss").status_code == 429
        assert sign_in(client, "boss", address="10.0.0.2").status_code == 302
        client.post("/logout/")
        clock.shift(timedelta(seconds=60))
        assert sign_in(client, "boss").status_code == 302
        client.post("/logout/")
        clock.shift(timedelta(hours=1))
        assert sign_in(client, "boss").status_code == 302
        clock.shift(timedelta(hours=3))
        assert services.prune_throttles() > 0
        assert not SignInThrottle.objects.filter(failures__gt=5).exists()


def test_who_works_at_an_address_does_not_wait_for_its_others(client, people):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert sign_in(client, "sales").status_code == 302
        client.post("/logout/")
        clock.shift(timedelta(days=20))
        assert sign_in(client, "boss").status_code == 302
        client.post("/logout/")
        clock.shift(timedelta(days=11))
        try_everybody(client, clock, rounds=7)
        assert sign_in(client, "sales").status_code == 429  # 31 days ago
        for _ in range(5):
            assert sign_in(client, "boss", "wrong").status_code == 422
        assert sign_in(client, "boss").status_code == 429  # the account's own pause holds
        clock.shift(timedelta(seconds=1))
        assert sign_in(client, "boss").status_code == 302
        client.post("/logout/")
        assert sign_in(client, "name51", "wrong").status_code == 429  # opens the address for nobody else


def test_many_good_sign_ins_from_one_office_are_no_attack(client, people):
    for _ in range(ADDRESS_FAILURES + 5):
        assert sign_in(client, "boss").status_code == 302
        client.post("/logout/")


def test_delay_grows_and_stays():
    assert [delay_after(n).seconds for n in (0, 4, 5, 6, 10, 11, 12, 10**6)] == [0, 0, 1, 2, 32, 60, 60, 60]


def test_one_line_is_one_address():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9")
    assert network_of("2001:db8:1:3::4") != network_of("2001:db8:1:2::9")
    assert network_of("::ffff:10.0.0.1") == "10.0.0.1"


def test_sign_out_is_a_post(client, people):
    sign_in(client, "boss")
    assert client.get("/logout/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in client.session
    assert LogEntry.objects.filter(verb="sign_out", actor=people["boss"]).exists()


def test_disabled_people_are_out_with_the_next_request(client, people):
    sign_in(client, "staff.mech")
    assert client.get("/").status_code == 200
    services.deactivate_user(people["staff.mech"], actor=people["admin"])
    assert client.get("/")["Location"] == "/login/?next=/"


def test_sign_in_leaves_no_history(client, people):
    before = User.history.count()
    sign_in(client, "boss")
    assert User.history.count() == before
    assert User.objects.get(username="boss").last_login is not None


def test_sign_in_page_is_cheap(client, people, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        assert client.get("/login/").status_code == 200
