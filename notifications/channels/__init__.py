"""One module per kind of channel. `adapter(kind)` is the way in."""

from __future__ import annotations

from notifications.channels import (
    apprise_,
    dingtalk_robot,
    email,
    sms_aliyun,
    sms_http,
    sms_tencent,
    wecom,
    wecom_robot,
)
from notifications.channels.base import Account, Adapter, Called, Field, Receiver
from notifications.states import Kind

__all__ = ["Account", "Adapter", "Called", "Field", "Receiver", "adapter"]

_ADAPTERS: dict[str, Adapter] = {
    Kind.EMAIL: email.ADAPTER,
    Kind.WECOM_ROBOT: wecom_robot.ADAPTER,
    Kind.WECOM_APP: wecom.ADAPTER,
    Kind.DINGTALK_ROBOT: dingtalk_robot.ADAPTER,
    Kind.SMS_ALIYUN: sms_aliyun.ADAPTER,
    Kind.SMS_TENCENT: sms_tencent.ADAPTER,
    Kind.SMS_HTTP: sms_http.ADAPTER,
    Kind.APPRISE: apprise_.ADAPTER,
}


def adapter(kind: str) -> Adapter:
    return _ADAPTERS[kind]
