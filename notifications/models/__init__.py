"""Messages, the channels they leave by, the outbox, and what people wish."""

from notifications.models.channels import Channel, ChannelSecret, GroupRoute, Meter
from notifications.models.inbox import Message, Occurrence
from notifications.models.nudges import Nudge, NudgeReceiver
from notifications.models.outbox import Dispatch
from notifications.models.reminders import Escalation, Report, Round, Rules
from notifications.models.wishes import Preference, Rhythm, Template

__all__ = [
    "Channel",
    "ChannelSecret",
    "Dispatch",
    "Escalation",
    "GroupRoute",
    "Message",
    "Meter",
    "Nudge",
    "NudgeReceiver",
    "Occurrence",
    "Preference",
    "Report",
    "Rhythm",
    "Round",
    "Rules",
    "Template",
]
