"""Any other service through Apprise. The stated exception to the one outbound client: which services
(schemes) it may speak to, the operator says in `APPRISE_SCHEMES`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.channels.base import Account, Adapter, Field, Receiver, mobile_of, national
from notifications.channels.sms import PLACE
from notifications.failures import Permanent, Transient
from notifications.letters import Letter, as_text

if TYPE_CHECKING:
    from orgchart.models import User

PERSONAL = frozenset({"mobile", "email", "wecom_id", "wechat"})


def send(account: Account, letter: Letter, to: Receiver) -> str:
    from apprise import Apprise, AppriseAsset, LogCapture  # a hundred services: loaded when one is used

    url = account.secrets["url"]
    if scheme_of(url) not in settings.APPRISE_SCHEMES:
        raise Permanent(f"{scheme_of(url)}: not among APPRISE_SCHEMES")
    values = dict(pair.split("=", 1) for pair in to.address.split("&") if "=" in pair)
    if missing := sorted(set(PLACE.findall(url)) - values.keys()):
        raise Permanent(f"the receiver has no {', '.join(missing)}")
    target = PLACE.sub(lambda place: quote(values[place[1]], safe=""), url)
    service = Apprise(asset=AppriseAsset(secure_logging=True, async_mode=False, storage_mode="memory"))
    if not service.add(target):
        raise Permanent("Apprise does not understand the address")
    body = as_text(letter).removeprefix(letter.title).strip() or letter.title
    with LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        sent = service.notify(body=body, title=letter.title)
        said = log.getvalue().strip()
    if not sent:
        raise Transient(said or "Apprise reports a failure")
    return "OK"


def scheme_of(url: str) -> str:
    return url.partition("://")[0].strip().lower()


def check_url(url: str) -> None:
    """Raises ValidationError for a service that is not allowed or a placeholder that is not known."""
    if scheme_of(url) not in settings.APPRISE_SCHEMES:
        allowed = ", ".join(settings.APPRISE_SCHEMES)
        raise ValidationError(_("This service is not allowed here. Allowed: %(names)s") % {"names": allowed})
    if odd := sorted(set(PLACE.findall(url)) - PERSONAL):
        raise ValidationError(_("Unknown placeholder: %(names)s") % {"names": ", ".join(odd)})


def address(user: User) -> str:
    """All that a service may know people by, as name=value pairs."""
    person = getattr(user, "person", None)
    values = {
        "mobile": national(mobile_of(user)),
        "email": (person.email if person else "") or user.email,
        "wecom_id": person.wecom_id if person else "",
        "wechat": person.wechat if person else "",
    }
    return "&".join(f"{name}={value}" for name, value in values.items() if value and "&" not in value)


ADAPTER = Adapter(
    fields=(
        Field(
            "url",
            gettext_lazy("Apprise address"),
            secret=True,
            hint=gettext_lazy("{mobile}, {email}, {wecom_id} and {wechat} stand for the receiver's."),
            check=check_url,
        ),
        Field(
            "audience",
            gettext_lazy("reaches"),
            default="person",
            choices=(("person", gettext_lazy("one person")), ("group", gettext_lazy("a group"))),
        ),
    ),
    send=send,
    address=address,
)
