"""Everything that writes messages, dispatches and channels."""

from notifications.events import Event
from notifications.services.channels import Outcome, create_channel, edit_channel, send_test
from notifications.services.delivery import deliver
from notifications.services.inbox import notify, read_all, read_message, tell, tell_user
from notifications.services.ladders import climb, ladder_of, remind, settle, told_of
from notifications.services.nudges import answer_nudge, send_nudge
from notifications.services.outbox import put_aside, resend
from notifications.services.reports import add_report, remove_report, send_now, send_reports
from notifications.services.routes import set_contract_robots
from notifications.services.wishes import save_preferences, save_rhythm, save_rules, save_wording

__all__ = [
    "Event",
    "Outcome",
    "add_report",
    "answer_nudge",
    "climb",
    "create_channel",
    "deliver",
    "edit_channel",
    "ladder_of",
    "notify",
    "put_aside",
    "read_all",
    "read_message",
    "remind",
    "remove_report",
    "resend",
    "save_preferences",
    "save_rhythm",
    "save_rules",
    "save_wording",
    "send_now",
    "send_nudge",
    "send_reports",
    "send_test",
    "set_contract_robots",
    "settle",
    "tell",
    "tell_user",
    "told_of",
]
