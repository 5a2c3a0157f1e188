"""Kinds of channel, the media people choose between, and the life of a dispatch."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Medium(TextChoices):
    """How somebody is reached, whoever carries it; what people choose between in their settings."""

    EMAIL = "email", _("Mail")
    WECOM = "wecom", _("WeCom")
    SMS = "sms", _("SMS")
    OTHER = "other", _("Other service")
    GROUP = "group", _("Group robot")


class Kind(TextChoices):
    """What stands behind a channel."""

    EMAIL = "email", _("Mail")
    WECOM_ROBOT = "wecom_robot", _("WeCom group robot")
    WECOM_APP = "wecom_app", _("WeCom application")
    DINGTALK_ROBOT = "dingtalk_robot", _("DingTalk group robot")
    SMS_ALIYUN = "sms_aliyun", _("SMS by Aliyun")
    SMS_TENCENT = "sms_tencent", _("SMS by Tencent Cloud")
    SMS_HTTP = "sms_http", _("SMS by an HTTP gateway")
    APPRISE = "apprise", _("Other service (Apprise)")


MEDIUM_OF: dict[str, Medium] = {
    Kind.EMAIL: Medium.EMAIL,
    Kind.WECOM_ROBOT: Medium.GROUP,
    Kind.WECOM_APP: Medium.WECOM,
    Kind.DINGTALK_ROBOT: Medium.GROUP,
    Kind.SMS_ALIYUN: Medium.SMS,
    Kind.SMS_TENCENT: Medium.SMS,
    Kind.SMS_HTTP: Medium.SMS,
    Kind.APPRISE: Medium.OTHER,
}
#: Media that reach one person (all but the group robots).
PERSONAL = tuple(medium for medium in Medium if medium != Medium.GROUP)
#: Calls a minute that a robot takes without being banned: both services draw the line at 20.
ROBOT_RATE = 18


class DispatchState(TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    MERGED = "merged", _("Sent in a digest")
    DEAD = "dead", _("Failed for good")
    DROPPED = "dropped", _("Dropped")


class Dropped(TextChoices):
    """Why a dispatch was not sent although nothing failed."""

    UNSEEN = "unseen", _("The receiver may not see what it is about.")
    NO_ADDRESS = "no_address", _("The receiver has no address for this channel.")
    INACTIVE = "inactive", _("The account is inactive.")
    CHANNEL_OFF = "channel_off", _("The channel is switched off.")
    ROUTE_OFF = "route_off", _("The group no longer hears of it.")
    PASSED_ON = "passed_on", _("Passed on to the next robot.")
    BY_HAND = "by_hand", _("Put aside by hand.")


#: The receiver may still get it: what the sweep and the worker look at.
UNDELIVERED = (DispatchState.WAITING, DispatchState.SENDING)
