"""SMS by any gateway that takes a form or JSON: address, body and what success looks like are set."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from notifications import http
from notifications.channels.base import Account, Adapter, Field, Receiver, mobile_of, national
from notifications.channels.sms import PLACES, filled, form_of, places
from notifications.failures import Permanent, Transient
from notifications.letters import Letter

JSON, FORM = "json", "form"
TYPES = {JSON: "application/json; charset=utf-8", FORM: "application/x-www-form-urlencoded"}


def send(account: Account, letter: Letter, to: Receiver) -> str:
    config = account.config
    token = account.secrets.get("token", "")
    values = places(letter) | {"mobile": national(to.address), "token": token, "id": letter.ident}
    body = filled(config["body"], values)
    text = json.dumps(body, ensure_ascii=False) if config["format"] == JSON else urlencode(body)
    headers = {"Content-Type": TYPES[config["format"]]}
    answer = http.call(account.base, data=text.encode(), headers=headers, trusted=account.trusted)
    answer.demand_success()
    said = answer.text.replace(token, "…") if token else answer.text  # some echo what they were sent
    value = str(answer.json().get(config["field"])) if config["field"] else config["value"]
    if value == config["value"]:
        return said
    raise (Permanent if value in config["final"].split() else Transient)(said)


ADAPTER = Adapter(
    fields=(
        Field("token", _("password or token"), secret=True, required=False),
        Field("format", _("format"), default=JSON, choices=((JSON, "JSON"), (FORM, _("form")))),
        Field(
            "body",
            _("body"),
            default='{"mobile": "{mobile}", "content": "{text}", "token": "{token}"}',
            hint=_("JSON; {mobile}, {title}, {text}, {url}, {all}, {id} and {token} are replaced."),
            check=form_of(dict, PLACES | {"mobile", "token", "id"}),
        ),
        Field("field", _("field of the answer"), required=False, default="code"),
        Field("value", _("its value on success"), required=False, default="0"),
        Field(
            "final",
            _("its values on final failure"),
            required=False,
            hint=_("Separated by spaces. Other values are tried again."),
        ),
    ),
    send=send,
    address=mobile_of,
)
