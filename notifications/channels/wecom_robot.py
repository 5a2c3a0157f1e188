"""WeCom group robots: markdown up to 4,096 bytes, text up to 2,048 where people are called by mobile."""

from __future__ import annotations

from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from notifications.channels.base import Account, Adapter, Field, Receiver, national
from notifications.channels.wecom import judge
from notifications.letters import Letter, as_markdown, as_text, cut, harmless

MARKDOWN, TEXT = 4096, 2048


def send(account: Account, letter: Letter, to: Receiver) -> str:
    by_mobile = any(not called.wecom_id for called in to.calls)
    plain = account.config["format"] == "text" or by_mobile
    body = _text(letter, to) if plain else _markdown(letter, to)
    answer = account.post(f"/cgi-bin/webhook/send?key={quote(account.secrets['key'], safe='')}", body)
    return judge(answer)


def _markdown(letter: Letter, to: Receiver) -> dict[str, object]:
    calls = [f"<@{called.wecom_id}>" for called in to.calls]
    return {"msgtype": "markdown", "markdown": {"content": as_markdown(letter, limit=MARKDOWN, calls=calls)}}


def _text(letter: Letter, to: Receiver) -> dict[str, object]:
    tail = f"\n{letter.url}" if letter.url else ""
    body = harmless(as_text(letter).removesuffix(tail))
    text = {
        "content": cut(body, TEXT, tail),
        "mentioned_list": [called.wecom_id for called in to.calls if called.wecom_id],
        "mentioned_mobile_list": [national(called.mobile) for called in to.calls if not called.wecom_id],
    }
    return {"msgtype": "text", "text": text}


ADAPTER = Adapter(
    fields=(
        Field("key", _("key of the robot"), secret=True, hint=_("What follows “key=” in its address.")),
        Field(
            "format",
            _("format"),
            default="markdown",
            choices=(("markdown", "Markdown"), ("text", _("plain text"))),
        ),
    ),
    send=send,
    base="https://qyapi.weixin.qq.com",
)
