"""SMS by Aliyun: SendSms over its signed HTTP (ACS3-HMAC-SHA256)."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_lazy as _

from notifications import http
from notifications.channels.base import Account, Adapter, Field, Receiver, check_number, mobile_of, national
from notifications.channels.sms import PLACES, filled, form_of, places
from notifications.failures import Limited, Permanent, Transient
from notifications.letters import Letter

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
PAUSE = 60
LATER = ("isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isp.", "ServiceUnavailable", "InternalError")


def send(account: Account, letter: Letter, to: Receiver) -> str:
    values = places(letter, longest=int(account.config["longest"]))
    query = {
        "PhoneNumbers": national(to.address),
        "SignName": account.config["signature"],
        "TemplateCode": account.config["template"],
        "TemplateParam": json.dumps(filled(account.config["params"], values), ensure_ascii=False),
        "OutId": letter.ident,
    }
    text = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    return _judge(
        http.call(f"{account.base}/?{text}", headers=_signed(account, text), trusted=account.trusted)
    )


def _signed(account: Account, query: str) -> dict[str, str]:
    headers = {
        "host": urlsplit(account.base).netloc,
        "x-acs-action": "SendSms",
        "x-acs-version": VERSION,
        "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    names = ";".join(sorted(headers))
    signature = sign(account.secrets["secret"], query, headers)
    credential = f"Credential={account.config['key']},SignedHeaders={names},Signature={signature}"
    return {**headers, "Authorization": f"{ALGORITHM} {credential}"}


def sign(secret: str, query: str, headers: dict[str, str]) -> str:
    """The signature of a POST to / without a body."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    names = ";".join(sorted(headers))
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _judge(answer: http.Answer) -> str:
    said = answer.json()  # errors come as 4xx with a code of their own
    code = str(said.get("Code", ""))
    if code == "OK":
        return answer.text
    if code.startswith("Throttling"):
        raise Limited(answer.text, PAUSE)
    if not code:
        answer.demand_success()
    raise (Transient if code.startswith(LATER) or answer.status >= 500 else Permanent)(answer.text)


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


ADAPTER = Adapter(
    fields=(
        Field("key", "AccessKey ID"),
        Field("secret", "AccessKey Secret", secret=True),
        Field("signature", _("SMS signature")),
        Field("template", _("template code")),
        Field(
            "params",
            _("template variables"),
            default='{"title": "{title}", "text": "{text}"}',
            hint=_("JSON; {title}, {text} and {url} stand for the message."),
            check=form_of(dict, PLACES),
        ),
        Field("longest", _("signs per variable"), default="35", check=check_number),
    ),
    send=send,
    base="https://dysmsapi.aliyuncs.com",
    address=mobile_of,
)
