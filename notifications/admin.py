"""Messages in the back office: one's own, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from notifications import channel_admin, rule_admin  # noqa: F401  register channels, rules and words
from notifications.models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    list_display = ("id", "created", "event", "recipient", "actor_name", "read_at")
    list_filter = ("event",)
    search_fields = ("key", "actor_name")
    list_select_related = ("recipient",)
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: Any) -> Any:
        """Nobody reads another's messages, administrator or not."""
        return Message.objects.for_user(request.user)

    def has_module_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
