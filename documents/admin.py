"""Documents in the back office: types are edited, everything else is read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from documents.models import Document, DocumentLink, DocumentShare, DocumentType, DocumentVersion, Preview
from documents.services import release_version
from documents.services.previews import reason_text
from erp.admin import BackOffice


class ReadOnly(BackOffice):
    """Looked at here, changed on the pages: bytes and rows belong together."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


@admin.register(DocumentType)
class DocumentTypeAdmin(BackOffice):
    list_display = (
        "name", "name_en", "for_team", "for_quality", "for_procurement", "for_finance", "controlled",
        "active",
    )  # fmt: skip
    list_filter = ("active", "controlled")
    search_fields = ("name", "name_en", "slug")
    fields = (
        "slug", "name", "name_en", "position", "active", "for_team", "for_quality", "for_procurement",
        "for_finance", "controlled", "extensions", "seen",
    )  # fmt: skip
    readonly_fields = ()


@admin.register(Document)
class DocumentAdmin(ReadOnly):
    list_display = ("title", "contract", "type", "owner", "current", "published", "changed")
    list_filter = ("type", "preview_only")
    list_select_related = ("contract", "type", "owner", "current__document", "published__document")
    search_fields = ("title", "contract__number")


@admin.register(DocumentVersion)
class DocumentVersionAdmin(ReadOnly):
    list_display = ("document", "number", "file_name", "size", "status", "scan", "uploaded_by", "created")
    list_filter = ("status", "scan")
    list_select_related = ("document", "uploaded_by")
    search_fields = ("file_name", "sha256", "document__title")
    exclude = ("token",)

    def get_actions(self, request: Any) -> dict[str, Any]:
        """Superseding follows from a release."""
        actions: dict[str, Any] = super().get_actions(request)
        return {name: action for name, action in actions.items() if name != "supersede"}

    def advance_model(self, request: Any, obj: Any, verb: str) -> None:
        release_version(obj, actor=request.user)


@admin.register(DocumentShare)
class DocumentShareAdmin(ReadOnly):
    list_display = ("document", "person", "department", "created")
    list_select_related = ("document", "person", "department")
    search_fields = ("document__title", "person__name")


@admin.register(DocumentLink)
class DocumentLinkAdmin(ReadOnly):
    list_display = ("document", "target_type", "target_id", "created")
    list_select_related = ("document", "target_type")
    search_fields = ("document__title",)


@admin.register(Preview)
class PreviewAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """The queue of previews and what became of each; looked at, never edited."""

    list_display = ("contract", "extension", "state", "why", "pages", "attempts", "created", "finished")
    list_filter = ("state", "extension", "converter")
    list_select_related = ("contract",)
    search_fields = ("sha256", "contract__number")
    show_full_result_count = False

    @admin.display(description=_("reason"))
    def why(self, obj: Preview) -> str:
        return reason_text(obj)

    def has_module_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
