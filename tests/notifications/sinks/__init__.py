"""Far ends on loopback that behave like the real ones: signatures, limits, bans, faults and all."""

from tests.notifications.sinks.services import (
    AliyunSms,
    DingTalkRobot,
    Gateway,
    TencentSms,
    WeComApp,
    WeComRobot,
)
from tests.notifications.sinks.smtp import MailSink
from tests.notifications.sinks.web import Call, Reply, WebSink

__all__ = [
    "AliyunSms",
    "Call",
    "DingTalkRobot",
    "Gateway",
    "MailSink",
    "Reply",
    "TencentSms",
    "WeComApp",
    "WeComRobot",
    "WebSink",
]
