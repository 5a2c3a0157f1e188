from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from erp.dashboard import Tile
        from erp.workflow import advanced
        from notifications.queries import unread
        from notifications.receivers import organisation_changed
        from notifications.services import Event

        register.add("erp.unread", "notifications", unread)
        tile = Tile(_("Unread notifications"), "inbox", url_name="notifications:tile_inbox", size="tall")
        register.add("erp.tiles", "notifications", tile)
        for name, (title, text) in EVENTS.items():
            register.add("notifications.events", name, Event(title, text))
        advanced.connect(organisation_changed, dispatch_uid="notifications.organisation_changed")


#: event → title, text
EVENTS = {
    "department_leader": (
        _("You lead a department"),
        _("You are named leader of %(department)s."),
    ),
    "role_changed": (_("Your role has changed"), _("Your role has changed. Sign in again to use it.")),
    "password_reset": (
        _("Your password was reset"),
        _("An administrator has set a new password for you. If you did not ask for it, tell them."),
    ),
}
