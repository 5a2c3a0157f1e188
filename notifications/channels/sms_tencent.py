"""SMS by Tencent Cloud: SendSms over its signed HTTP (TC3-HMAC-SHA256)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from notifications import http
from notifications.channels.base import Account, Adapter, Field, Receiver, check_number, mobile_of
from notifications.channels.sms import PLACES, filled, form_of, places
from notifications.failures import Limited, Permanent, Transient
from notifications.letters import Letter

VERSION = "2021-01-11"
ALGORITHM = "TC3-HMAC-SHA256"
SERVICE = "sms"
FORM = "application/json; charset=utf-8"
SIGNED = "content-type;host;x-tc-action"
PAUSE = 60
LATER = ("LimitExceeded", "InternalError", "FailedOperation.SystemError")


def send(account: Account, letter: Letter, to: Receiver) -> str:
    config = account.config
    body = {
        "PhoneNumberSet": [to.address],
        "SmsSdkAppId": config["app"],
        "SignName": config["signature"],
        "TemplateId": config["template"],
        "TemplateParamSet": filled(config["params"], places(letter, longest=int(config["longest"]))),
        "SessionContext": letter.ident,
    }
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = _signed(account, data, int(time.time()))
    return _judge(http.call(f"{account.base}/", data=data, headers=headers, trusted=account.trusted))


def _signed(account: Account, data: bytes, stamp: int) -> dict[str, str]:
    host = urlsplit(account.base).netloc
    scope = f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d}/{SERVICE}/tc3_request"
    signature = sign(account.secrets["secret"], host, data, stamp)
    return {
        "Authorization": f"{ALGORITHM} Credential={account.config['key']}/{scope}, "
        f"SignedHeaders={SIGNED}, Signature={signature}",
        "Content-Type": FORM,
        "Host": host,
        "X-TC-Action": "SendSms",
        "X-TC-Version": VERSION,
        "X-TC-Timestamp": str(stamp),
        "X-TC-Region": account.config["region"],
    }


def sign(secret: str, host: str, data: bytes, stamp: int) -> str:
    """The signature of `data` posted to / of `host` at `stamp` (seconds)."""
    day = f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d}"
    lines = f"content-type:{FORM}\nhost:{host}\nx-tc-action:sendsms\n"
    request = f"POST\n/\n\n{lines}\n{SIGNED}\n{hashlib.sha256(data).hexdigest()}"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = f"TC3{secret}".encode()
    for part in (day, SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"{ALGORITHM}\n{stamp}\n{day}/{SERVICE}/tc3_request\n{hashed}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _judge(answer: http.Answer) -> str:
    answer.demand_success()
    said = answer.json().get("Response") or {}
    sent = (said.get("SendStatusSet") or [{}])[0]
    code = str((said.get("Error") or sent).get("Code", ""))
    if code == "Ok":
        return answer.text
    if code.startswith("RequestLimitExceeded"):
        raise Limited(answer.text, PAUSE)
    raise (Transient if code.startswith(LATER) or not code else Permanent)(answer.text)


ADAPTER = Adapter(
    fields=(
        Field("key", "SecretId"),
        Field("secret", "SecretKey", secret=True),
        Field("app", "SmsSdkAppId"),
        Field("region", _("region"), default="ap-guangzhou"),
        Field("signature", _("SMS signature")),
        Field("template", _("template code")),
        Field(
            "params",
            _("template variables"),
            default='["{title}", "{text}"]',
            hint=_("JSON; {title}, {text} and {url} stand for the message."),
            check=form_of(list, PLACES),
        ),
        Field("longest", _("signs per variable"), default="12", check=check_number),
    ),
    send=send,
    base="https://sms.tencentcloudapi.com",
    address=mobile_of,
)
