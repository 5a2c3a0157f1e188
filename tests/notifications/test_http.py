"""The one outbound client: official hosts only, no redirects, ten seconds, 64 KB, verified TLS."""

import datetime
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications import http
from notifications.failures import Failure, Limited, Permanent, Transient
from tests.notifications.sinks import Reply, WebSink


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/cgi-bin/webhook/send?key=x",
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send",  # not without TLS
        "https://qyapi.weixin.qq.com.evil.example/",
        "https://qyapi.weixin.qq.com@evil.example/",
        "https://user:pass@qyapi.weixin.qq.com/",
        "https://qyapi.weixin.qq.com:8443/",
        "https://qyapi.weixin.qq.com:99999/",
        "https://[::ffff:127.0.0.1]/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "gopher://qyapi.weixin.qq.com/",
        "https://qyapi.weixin.qq.com/\r\nX-Evil: 1",
        "https://qyapi.weixin.qq.com/ x",
        "https://qyаpi.weixin.qq.com/",  # a Cyrillic а
        "//qyapi.weixin.qq.com/",
        "",
    ],
)
def test_other_addresses_are_refused_before_anything_is_connected(url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    with pytest.raises(Permanent):
        http.call(url)


INSIDE = "127.0.0.1 10.0.0.8 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 ::ffff:10.0.0.1 fd00::1"


@pytest.mark.parametrize("address", INSIDE.split())
def test_official_names_that_point_inside_are_refused(address, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (address, 0))])
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(Permanent, match="private"):
        http.call("https://qyapi.weixin.qq.com/cgi-bin/webhook/send")


def test_the_address_looked_at_is_the_address_connected_to(monkeypatch):
    met = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("203.205.1.1", 0))])
    monkeypatch.setattr(http, "_is_public", lambda address: True)

    def connect(place, timeout):
        met.append(place)
        raise OSError("enough")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Transient):
        http.call("https://oapi.dingtalk.com/robot/send")
    assert met == [("203.205.1.1", 443)]


def test_an_address_that_an_administrator_set_is_called():
    with WebSink() as sink:
        answer = http.call(f"{sink.url}/x?y=1", data=b"{}", headers={"X-One": "1"}, trusted=True)
        (call,) = sink.calls
    assert answer.json() == {"ok": True}
    assert (call.method, call.path, call.query, call.headers["x-one"]) == ("POST", "/x", {"y": "1"}, "1")
    with pytest.raises(Permanent):
        http.call(sink.url.replace("//", "//user@"), trusted=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    with WebSink() as other, WebSink() as sink:
        sink.faults = [Reply(status, headers={"Location": other.url})]
        with pytest.raises(Permanent, match="redirect"):
            http.call(sink.url, data=b"{}", trusted=True)
        assert not other.calls


def test_an_answer_of_ten_megabytes_is_not_read():
    with WebSink() as sink:
        sink.faults = [Reply(200, b"x" * 10_000_000)]
        with pytest.raises(Transient, match="longer") as caught:
            http.call(sink.url, data=b"{}", trusted=True)
    assert caught.value.taken  # it said 200: it may have it


@pytest.mark.parametrize(
    "reply", [Reply(hang=30), Reply(body=b"x" * 1000, drip=0.1)], ids=["silence", "one byte at a time"]
)
def test_ten_seconds_in_all(reply, monkeypatch):
    monkeypatch.setattr(http, "SECONDS", 0.6)
    with WebSink() as sink:
        sink.faults = [reply]
        began = time.monotonic()
        with pytest.raises(Transient, match="no answer in time") as caught:
            http.call(sink.url, data=b"{}", trusted=True)
        assert time.monotonic() - began < 3
    assert caught.value.taken


def test_half_an_answer_is_none():
    with WebSink() as sink:
        sink.faults = [Reply(200, b'{"errcode": 0}', headers={"Content-Length": "500"})]
        with pytest.raises(Transient) as caught:
            http.call(sink.url, data=b"{}", trusted=True)
    assert caught.value.taken


def test_nobody_there_is_transient_and_surely_not_taken():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Transient) as caught:
        http.call(f"http://127.0.0.1:{port}/", trusted=True)
    assert not caught.value.taken


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Permanent), (401, Permanent), (403, Permanent), (404, Permanent), (408, Transient), (429, Limited),
     (500, Transient), (502, Transient), (503, Transient)],
)  # fmt: skip
def test_what_follows_from_a_status(status, kind):
    with pytest.raises(kind):
        http.Answer(status, b"?").demand_success()


@pytest.mark.parametrize("body", [b"<html>", b"", b"[1]", b"null", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_object_is_a_failure(body):
    with pytest.raises(Transient):
        http.Answer(200, body).json()


def certificate(folder, name="localhost"):
    """A certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return pem, context


def test_certificates_are_checked(tmp_path, monkeypatch):
    pem, context = certificate(tmp_path)
    with WebSink() as sink:
        sink.server.socket = context.wrap_socket(sink.server.socket, server_side=True)
        url = sink.url.replace("http://127.0.0.1", "https://localhost")
        http._tls.cache_clear()
        with pytest.raises(Transient, match="certificate"):
            http.call(url, data=b"{}", trusted=True)
        assert not sink.calls
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))  # now somebody vouches for it
        http._tls.cache_clear()
        assert http.call(url, data=b"{}", trusted=True).status == 200
        with pytest.raises(Failure, match="certificate"):
            http.call(url.replace("localhost", "127.0.0.1"), data=b"{}", trusted=True)
    http._tls.cache_clear()
