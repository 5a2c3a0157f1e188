"""How files come in: a view may name the handler that receives them.

The body of a request is read when the first one asks for its fields, which is the check of the form's
origin: before the view. So the handler has to be in place before that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse

View = TypeVar("View", bound=Callable[..., Any])


def receives_files(handler: type[FileUploadHandler]) -> Callable[[View], View]:
    """Let `handler` receive the files that are posted to this view, instead of Django's own."""

    def mark(view: View) -> View:
        view.upload_handler = handler  # type: ignore[attr-defined]  # read by ReceivingMiddleware
        return view

    return mark


class ReceivingMiddleware:
    """Puts the handler of the view in place; stands before whoever reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view_func: Any, view_args: Any, view_kwargs: Any) -> None:
        handler = getattr(view_func, "upload_handler", None)
        if handler is not None and request.user.is_authenticated:
            request.upload_handlers = [handler(request)]
