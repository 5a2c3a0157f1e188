"""E-mail: HTML and text, by the channel's own server or by the one of `EMAIL_URL`."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from notifications.channels.base import Account, Adapter, Field, Receiver, check_number, person_field
from notifications.failures import Failure, Permanent, Transient
from notifications.http import SECONDS
from notifications.letters import Letter, as_text

if TYPE_CHECKING:
    from orgchart.models import User

LONGEST, LONGEST_NAME = 254, 64
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def send(account: Account, letter: Letter, to: Receiver) -> str:
    try:
        validate_email(to.address)
        if len(to.address) > LONGEST or len(to.address.rpartition("@")[0]) > LONGEST_NAME:
            raise ValueError("longer than an address may be")
        mail = _mail(account, letter, to.address)
        mail.message()  # refuses line breaks in headers before anything is connected
    except (ValidationError, ValueError) as wrong:
        raise Permanent(f"{to.address}: {wrong}") from None
    line = mail.connection = _connection(account)
    try:
        mail.send()
    except (smtplib.SMTPException, OSError) as wrong:
        with suppress(smtplib.SMTPException, OSError):
            line.close()  # one that broke while turning secret stays open otherwise
        raise _judged(wrong) from None
    return "250 OK"


def _mail(account: Account, letter: Letter, address: str) -> EmailMultiAlternatives:
    sender = account.config["sender"] or settings.DEFAULT_FROM_EMAIL
    domain = re.sub(r"[^\w.-]", "", sender.rpartition("@")[2]) or "localhost"
    mail = EmailMultiAlternatives(
        subject=letter.title,
        body=as_text(letter),
        from_email=sender,
        to=[address],
        reply_to=[letter.reply_to] if letter.reply_to else [],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": f"<{letter.ident}@{domain}>"},
    )
    page = render_to_string("notifications/mail.html", {"letter": letter, "language": get_language()})
    mail.attach_alternative(page, "text/html")
    for file in letter.files:
        mail.attach(file.name, file.content, file.mime)
    return mail


def _connection(account: Account) -> Any:
    config = account.config
    if not config["host"]:
        return get_connection(timeout=SECONDS) if settings.EMAIL_HOST else get_connection()
    return get_connection(
        SMTP,
        host=config["host"],
        port=int(config["port"] or 465),
        username=config["user"],
        password=account.secrets.get("password", ""),
        use_tls=config["security"] == "tls",
        use_ssl=config["security"] == "ssl",
        timeout=SECONDS,
    )


def _judged(wrong: Exception) -> Failure:
    """4xx is for later, 5xx for good; a line that broke after the text was sent may have delivered."""
    code = getattr(wrong, "smtp_code", None)
    if isinstance(wrong, smtplib.SMTPRecipientsRefused):
        code = max((answer[0] for answer in wrong.recipients.values()), default=None)
    said = f"{type(wrong).__name__}: {wrong}"
    if isinstance(code, int) and 500 <= code < 600:
        return Permanent(said)
    broken = isinstance(wrong, smtplib.SMTPServerDisconnected | TimeoutError | ConnectionResetError)
    return Transient(said, taken=broken and code is None)


def address(user: User) -> str:
    return person_field("email")(user) or user.email


ADAPTER = Adapter(
    fields=(
        Field(
            "host",
            _("mail server"),
            required=False,
            hint=_("Empty: the server of EMAIL_URL in the settings of the installation."),
        ),
        Field("port", _("port"), required=False, default="465", check=check_number),
        Field(
            "security",
            _("encryption"),
            default="ssl",
            choices=(("ssl", "SSL"), ("tls", "STARTTLS"), ("none", _("none"))),
        ),
        Field("user", _("user name"), required=False),
        Field("password", _("password"), secret=True, required=False),
        Field("sender", _("sender"), required=False, hint=_("Empty: DEFAULT_FROM_EMAIL.")),
    ),
    send=send,
    address=address,
)
