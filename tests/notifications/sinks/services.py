"""The services themselves, as their documentation describes them. Written from the server's side: what
is checked here shares nothing with the code that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections import deque
from urllib.parse import unquote

from tests.notifications.sinks.web import Reply, WebSink


class Robot(WebSink):
    """Counts calls: more than 20 in a minute, and the robot is deaf for `ban` seconds."""

    busy: int
    ban: float

    def __init__(self, *, minute=60.0, **more):
        self.minute = minute
        self.recent = deque()
        self.deaf_until = 0.0
        self.bans = 0
        super().__init__(**more)

    def limited(self, call):
        if call.at < self.deaf_until:
            return Reply.of({"errcode": self.busy, "errmsg": "api freq out of limit"})
        while self.recent and self.recent[0] <= call.at - self.minute:
            self.recent.popleft()
        self.recent.append(call.at)
        if len(self.recent) > 20:
            self.deaf_until = call.at + self.ban * self.minute / 60
            self.bans += 1
            return Reply.of({"errcode": self.busy, "errmsg": "send too fast"})
        return None

    def good(self, reply):
        return reply.status == 200 and json.loads(reply.body).get("errcode") == 0

    def most_in_a_minute(self, *, taken=False):
        """The most calls that arrived within any one minute."""
        times = sorted(call.at for call in (self.taken if taken else self.calls))
        return max((sum(t <= u < t + self.minute for u in times) for t in times), default=0)


class WeComRobot(Robot):
    busy, ban = 45009, 60

    def __init__(self, key="robot-key", **more):
        self.key = key
        super().__init__(**more)

    def serve(self, call):
        if call.path != "/cgi-bin/webhook/send" or call.query.get("key") != self.key:
            return Reply.of({"errcode": 93000, "errmsg": "invalid webhook url"})
        body = call.json()
        content = body[body["msgtype"]]["content"]
        if len(content.encode()) > {"text": 2048, "markdown": 4096}[body["msgtype"]]:
            return Reply.of({"errcode": 40058, "errmsg": "content exceed max length"})
        return self.limited(call) or Reply.of({"errcode": 0, "errmsg": "ok"})


class DingTalkRobot(Robot):
    busy, ban = 130101, 600

    def __init__(self, token="robot-token", secret="SEC-signing", **more):
        self.token, self.secret = token, secret
        super().__init__(**more)

    def serve(self, call):
        if call.path != "/robot/send" or call.query.get("access_token") != self.token:
            return Reply.of({"errcode": 300001, "errmsg": "token is not exist"})
        if self.secret and not self._signed(call):
            return Reply.of({"errcode": 310000, "errmsg": "sign not match"})
        return self.limited(call) or Reply.of({"errcode": 0, "errmsg": "ok"})

    def _signed(self, call):
        stamp = call.query.get("timestamp", "0")
        mac = hmac.new(self.secret.encode("utf-8"), f"{stamp}\n{self.secret}".encode(), digestmod="sha256")
        fresh = abs(time.time() * 1000 - int(stamp)) < 3_600_000
        return fresh and base64.b64decode(call.query.get("sign", "")) == mac.digest()


class WeComApp(WebSink):
    """Access tokens that can be made to expire; people it does not know."""

    def __init__(self, corp="corp", secret="app-secret", unknown=(), **more):
        self.corp, self.secret, self.unknown = corp, secret, set(unknown)
        self.tokens, self.issued = set(), 0
        super().__init__(**more)

    def serve(self, call):
        if call.path == "/cgi-bin/gettoken":
            if (call.query.get("corpid"), call.query.get("corpsecret")) != (self.corp, self.secret):
                return Reply.of({"errcode": 40001, "errmsg": "invalid credential"})
            self.issued += 1
            self.tokens = {f"token-{self.issued}"}
            return Reply.of({"errcode": 0, "access_token": f"token-{self.issued}", "expires_in": 7200})
        if call.query.get("access_token") not in self.tokens:
            return Reply.of({"errcode": 42001, "errmsg": "access_token expired"})
        invalid = call.json()["touser"] if call.json()["touser"] in self.unknown else ""
        return Reply.of({"errcode": 0, "errmsg": "ok", "invaliduser": invalid})

    def good(self, reply):
        said = json.loads(reply.body)
        return said.get("errcode") == 0 and not said.get("invaliduser") and "access_token" not in said


class AliyunSms(WebSink):
    def __init__(self, key="AK", secret="AS", **more):
        self.key, self.secret, self.code = key, secret, "OK"
        super().__init__(**more)

    def serve(self, call):
        if not self._signed(call):
            return Reply.of(
                {"Code": "SignatureDoesNotMatch", "Message": "Specified signature is not matched"}, 400
            )
        if call.headers["x-acs-action"] != "SendSms" or call.headers["x-acs-version"] != "2017-05-25":
            return Reply.of({"Code": "InvalidAction.NotFound"}, 404)
        return Reply.of({"Code": self.code, "BizId": "9006"}, 200)

    def good(self, reply):
        return json.loads(reply.body).get("Code") == "OK"

    def _signed(self, call):
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        names = parts["SignedHeaders"].split(";")
        needed = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256"}
        if scheme != "ACS3-HMAC-SHA256" or parts["Credential"] != self.key or not needed <= set(names):
            return False
        if hashlib.sha256(call.body).hexdigest() != call.headers["x-acs-content-sha256"]:
            return False
        pairs = sorted(call.raw_query.split("&"), key=lambda pair: pair.split("=")[0])
        canonical = "\n".join(
            [call.method, call.path, "&".join(pairs), *(f"{n}:{call.headers[n]}" for n in names), "",
             ";".join(names), call.headers["x-acs-content-sha256"]]
        )  # fmt: skip
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        return hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest() == parts["Signature"]

    @staticmethod
    def params(call):
        return json.loads(unquote(call.query["TemplateParam"]))


class TencentSms(WebSink):
    def __init__(self, key="AKID", secret="AKSECRET", **more):
        self.key, self.secret, self.code = key, secret, "Ok"
        super().__init__(**more)

    def serve(self, call):
        if not self._signed(call):
            return Reply.of({"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": ""}}})
        if self.code.startswith("RequestLimit"):
            return Reply.of({"Response": {"Error": {"Code": self.code, "Message": "slow down"}}})
        return Reply.of({"Response": {"SendStatusSet": [{"Code": self.code, "SerialNo": "1"}]}})

    def good(self, reply):
        return (json.loads(reply.body)["Response"].get("SendStatusSet") or [{}])[0].get("Code") == "Ok"

    def _signed(self, call):
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        key, day, service, end = parts["Credential"].split("/")
        stamp = int(call.headers["x-tc-timestamp"])
        if (scheme, key, service, end) != ("TC3-HMAC-SHA256", self.key, "sms", "tc3_request"):
            return False
        if abs(time.time() - stamp) > 300 or day != time.strftime("%Y-%m-%d", time.gmtime(stamp)):
            return False
        names = parts["SignedHeaders"].split(";")
        lines = [f"{n}:{call.headers[n].lower() if n == 'x-tc-action' else call.headers[n]}" for n in names]
        canonical = "\n".join(
            [
                call.method,
                call.path,
                call.raw_query,
                *lines,
                "",
                ";".join(names),
                hashlib.sha256(call.body).hexdigest(),
            ]
        )
        text = "\n".join(
            [scheme, str(stamp), f"{day}/sms/tc3_request", hashlib.sha256(canonical.encode()).hexdigest()]
        )

        def mac(key, message):
            return hmac.new(key, message.encode(), "sha256")

        signing = mac(mac(mac(b"TC3" + self.secret.encode(), day).digest(), service).digest(), end).digest()
        return mac(signing, text).hexdigest() == parts["Signature"]


class Gateway(WebSink):
    """An SMS gateway of the simple kind."""

    def __init__(self, token="gateway-token", **more):
        self.token = token
        super().__init__(**more)

    def serve(self, call):
        if call.json().get("token") != self.token:
            return Reply.of({"code": 401})
        return Reply.of({"code": 0})

    def good(self, reply):
        return reply.status == 200 and json.loads(reply.body)["code"] == 0
