"""What WeCom's answers mean, and messages of a WeCom application to a person."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

from django.core.cache import cache
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from notifications import http
from notifications.channels.base import Account, Adapter, Field, Receiver, check_number, person_field
from notifications.failures import Limited, Permanent, Transient
from notifications.letters import Letter, cut

LIMITED = {45009: 60, 45033: 60}
#: Wrong key, unknown robot, wrong secret, unknown receiver or application: tomorrow as today.
FINAL = frozenset(
    {93000, 93004, 40001, 40003, 40008, 40013, 40031, 40056, 40058, 60011, 60111, 81013, 301002}
)
STALE = frozenset({40014, 42001})
TEXT = 2048


class _Stale(Transient):
    """The access token is no longer good."""


def judge(answer: http.Answer) -> str:
    """What was said, when it was taken: HTTP 200 with an errcode other than 0 is a failure."""
    answer.demand_success()
    said = answer.json()
    code = said.get("errcode")
    if code == 0:
        return answer.text
    if code in STALE:
        raise _Stale(answer.text)
    if code in LIMITED:
        raise Limited(answer.text, LIMITED[code])
    raise (Permanent if code in FINAL else Transient)(answer.text)


def send(account: Account, letter: Letter, to: Receiver) -> str:
    try:
        return _send(account, letter, to)
    except _Stale:
        cache.delete(_place(account))
        return _send(account, letter, to)


def _send(account: Account, letter: Letter, to: Receiver) -> str:
    body = {
        "touser": to.address,
        "msgtype": "text",
        "agentid": int(account.config["agent"]),
        "text": {"content": _content(letter)},
    }
    answer = account.post(f"/cgi-bin/message/send?{urlencode({'access_token': _token(account)})}", body)
    said = judge(answer)
    if to.address in str(answer.json().get("invaliduser") or "").split("|"):
        raise Permanent(said)
    return said


def _content(letter: Letter) -> str:
    """WeCom's text knows links and nothing else."""
    tail = f'\n<a href="{escape(letter.url)}">{escape(_("Open"))}</a>' if letter.url else ""
    body = str(escape(letter.title))
    for line in letter.lines:
        more = (
            f'\n<a href="{escape(line.url)}">{escape(line.text)}</a>'
            if line.url
            else f"\n{escape(line.text)}"
        )
        if len((body + more + tail).encode()) > TEXT:
            break
        body += more
    return cut(body, TEXT, tail)


def _token(account: Account) -> str:
    """The access token, good for two hours; each process keeps its own."""
    place = _place(account)
    if token := cache.get(place):
        return str(token)
    query = {"corpid": account.config["corp"], "corpsecret": account.secrets["secret"]}
    answer = account.get(f"/cgi-bin/gettoken?{urlencode(query)}")
    judge(answer)
    said = answer.json()
    token = str(said["access_token"])
    cache.set(place, token, max(int(said.get("expires_in", 7200)) - 300, 1))
    return token


def _place(account: Account) -> str:
    who = f"{account.base} {account.config['corp']} {account.secrets['secret']}"
    return f"wecom-token-{hashlib.sha256(who.encode()).hexdigest()}"


ADAPTER = Adapter(
    fields=(
        Field("corp", _("corp id")),
        Field("agent", _("agent id"), check=check_number),
        Field("secret", _("secret of the application"), secret=True),
    ),
    send=send,
    base="https://qyapi.weixin.qq.com",
    address=person_field("wecom_id"),
)
