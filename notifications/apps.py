from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register
from erp.shell import NavItem, reach_all


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from erp.dashboard import Tile
        from erp.workflow import advanced
        from notifications.declared import declare
        from notifications.events import DIGEST
        from notifications.queries import unread
        from notifications.receivers import organisation_changed
        from notifications.services import Event

        register.add("erp.unread", "notifications", unread)
        tile = Tile(_("Unread notifications"), "inbox", url_name="notifications:tile_inbox", size="tall")
        register.add("erp.tiles", "notifications", tile)
        declare()
        dead = Event(
            _("A channel fails"),
            _("%(channel)s: a message failed for good: %(answer)s"),
            media=(),  # what is broken would break again
        )
        register.add("notifications.events", "dispatch_dead", dead)
        register.add("notifications.events", DIGEST, Event(_("Messages"), _("%(n)s messages"), media=()))
        outbox = NavItem(
            "notifications:outbox", _("Outbox"), "send", 890, _("Organisation"), visible=reach_all
        )
        register.add("erp.nav", "outbox", outbox)
        for verb, label in (
            ("resend", _("Send again")),
            ("put_aside", _("Put aside")),
            ("set_secret", _("Set secret")),
            ("send_test", _("Send test")),
        ):
            register.add("erp.verbs", verb, label)
        advanced.connect(organisation_changed, dispatch_uid="notifications.organisation_changed")
