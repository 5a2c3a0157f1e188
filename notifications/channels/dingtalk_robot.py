"""DingTalk group robots: signed markdown, people called by mobile."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from notifications.channels.base import Account, Adapter, Field, Receiver, national
from notifications.failures import Limited, Permanent, Transient
from notifications.letters import Letter, as_markdown, cut, harmless

BAN = 600  # seconds that DingTalk is deaf after too many calls
LIMITED = {130101: BAN, 410100: BAN}
#: Unknown robot, wrong signature, word or address, refused form.
FINAL = frozenset({300001, 310000, 400001, 400002, 400013, 400101, 400102, 400105, 43004, 40035})
BYTES = 18_000  # of the 20,000 a call may have; the rest is for names and signs around it
TITLE = 200


def send(account: Account, letter: Letter, to: Receiver) -> str:
    mobiles = [national(called.mobile) for called in to.calls if called.mobile]
    word = account.config["keyword"]
    content = as_markdown(letter, limit=BYTES, calls=[f"@{mobile}" for mobile in mobiles])
    body = {
        "msgtype": "markdown",
        "markdown": {
            "title": cut(harmless(letter.title), TITLE),
            "text": f"{content}\n\n{word}" if word and word not in content else content,
        },
        "at": {"atMobiles": mobiles, "isAtAll": False},
    }
    answer = account.post(f"/robot/send?{urlencode(_query(account))}", body)
    answer.demand_success()
    code = answer.json().get("errcode")
    if code == 0:
        return answer.text
    if code in LIMITED:
        raise Limited(answer.text, LIMITED[code])
    raise (Permanent if code in FINAL else Transient)(answer.text)


def _query(account: Account) -> dict[str, str]:
    query = {"access_token": account.secrets["token"]}
    if secret := account.secrets.get("secret"):
        stamp = str(round(time.time() * 1000))
        query |= {"timestamp": stamp, "sign": sign(secret, stamp)}
    return query


def sign(secret: str, stamp: str) -> str:
    mac = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


ADAPTER = Adapter(
    fields=(
        Field(
            "token", _("access token"), secret=True, hint=_("What follows “access_token=” in its address.")
        ),
        Field(
            "secret",
            _("signing secret"),
            secret=True,
            required=False,
            hint=_("It begins with SEC. Empty where the robot is secured by a keyword or by addresses."),
        ),
        Field(
            "keyword",
            _("keyword"),
            required=False,
            hint=_("Where it takes only texts with this word."),
        ),
    ),
    send=send,
    base="https://oapi.dingtalk.com",
)
