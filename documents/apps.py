from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from erp import register


class DocumentsConfig(AppConfig):
    name = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        from documents import demo, health, search, volume

        register.add("erp.search", "documents", search.SOURCE)
        register.add("erp.health", "previews", health.walls)
        register.add("erp.health", "preview_queue", health.queue)
        register.add("erp.health", "scanner", health.scanner)
        register.add("erp.demo", 40, demo.build)
        register.add("erp.volume", 35, volume.load_documents)
        self._places()
        self._events()
        self._verbs()

    def _places(self) -> None:
        """Where our pages hang: a tab and a panel of the contract, a panel of the portal."""
        from contracts.frame import Panel, Tab

        register.add("contracts.tabs", "documents", Tab("documents:documents", _("Documents"), 50))
        register.add("contracts.panels", "documents", Panel("documents:panel", _("Latest documents"), 50))
        register.add("portal.panels", "documents", Panel("documents:portal_panel", _("Documents"), 50))
        self._papers()

    def _papers(self) -> None:
        """What hangs on things of the contract itself, and what leaves with its export."""
        from documents import export, papertrail
        from documents.anchors import Anchor

        names = {"contracts.delivery": _("Delivery"), "contracts.changeorder": _("Change order")}
        for label, name in names.items():
            register.add("documents.anchors", label, Anchor(name, people=papertrail.answering))
        register.add("contracts.evidence", "documents", papertrail.evidence_on)
        register.add("contracts.export_files", "documents", export.files)
        for slug, sheet in export.SHEETS.items():
            register.add("contracts.export_sheets", slug, sheet)

    def _events(self) -> None:
        from erp.roles import Role
        from notifications.services import Event

        for name, title, text in (
            ("document_version", _("New version"), _("%(contract)s: version %(n)s of “%(title)s” is there.")),
            ("document_shared", _("Document for you"), _("%(contract)s: “%(title)s” was shared with you.")),
            (
                "document_released",
                _("Drawing released"),
                _("%(contract)s: version %(n)s of “%(title)s” holds."),
            ),
            ("document_published", _("Document for you"), _("%(contract)s: “%(title)s” is ready for you.")),
            (
                "virus_found",
                _("Virus found"),
                _(
                    "%(contract)s: the scanner found %(virus)s in version %(n)s of “%(title)s”. "
                    "Nobody can open it."
                ),
            ),
        ):
            calm: dict[str, tuple[Any, ...]] = (
                {} if name == "virus_found" else {Role.BOSS: (), Role.ADMIN: ()}
            )
            outside = name == "document_published"
            event = Event(title, text, roles=calm, topic=_("Documents"), outside=outside)
            register.add("notifications.events", name, event)

    def _verbs(self) -> None:
        for verb, label in (
            ("upload_document", _("Upload document")),
            ("upload", _("Upload version")),
            ("new_version", _("New version")),
            ("check_out", _("Check out document")),
            ("check_in", _("Check in document")),
            ("break_check_out", _("Break check-out")),
            ("remove_document", _("Move document to the bin")),
            ("restore_document", _("Restore document")),
            ("publish", _("Release document to the customer")),
            ("withdraw", _("Withdraw document from the customer")),
            ("share", _("Share document")),
            ("unshare", _("Take share back")),
            ("hang", _("Link document")),
            ("take_off", _("Remove link of document")),
            ("preview", _("Preview document")),
            ("download", _("Download document")),
            ("scan_clean", _("Virus scan: clean")),
            ("scan_waived", _("Virus scan: switched off")),
            ("virus_found", _("Virus found")),
        ):
            register.add("erp.verbs", verb, label)
