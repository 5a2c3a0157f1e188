"""Everything that writes documents: uploads, versions, check-outs, rights, publishing, the bin."""

from documents.services.checkout import check_in, check_out, held_by_other
from documents.services.editing import edit_document, remove_document, restore_document
from documents.services.publishing import publish_version, release_version, withdraw_document
from documents.services.sharing import open_to_workers, share_document, unlink_document, unshare_document
from documents.services.uploads import (
    Upload,
    restore_version,
    upload_document,
    upload_from_customer,
    upload_version,
)

__all__ = [
    "Upload",
    "check_in",
    "check_out",
    "edit_document",
    "held_by_other",
    "open_to_workers",
    "publish_version",
    "release_version",
    "remove_document",
    "restore_document",
    "restore_version",
    "share_document",
    "unlink_document",
    "unshare_document",
    "upload_document",
    "upload_from_customer",
    "upload_version",
    "withdraw_document",
]
