"""Why there is no preview, or what to know of one: message ids, kept in rows and shown translated."""

from django.utils.translation import gettext_noop as _

# No preview for what it is
NO_KIND = _("Files of this kind have no preview. Download the file to open it.")
NO_ARCHIVE = _("Archives have no preview. Download the file to open it.")
NO_VIDEO = _("Videos have no preview. Download the file to play it.")
NO_DWG = _("DWG drawings have no preview. Download the file, or upload it as PDF or DXF as well.")
NO_CAD = _(
    "Files of CAD programs have no preview. Download the file, or upload it as PDF, STEP or STL as well."
)
NO_ACTIVE = _(
    "SVG, RTF and flat ODF files are not previewed because they can contain programs. Download the file."
)
NO_HEIC = _("This server cannot read HEIC pictures. Download the file, or upload it as JPEG.")

# No preview here and now
NO_OFFICE = _(
    "LibreOffice is not installed on this server. The preview follows once it is; the download works."
)
NO_WALLS = _(
    "Previews of Office files are switched off: this server cannot isolate LibreOffice. The download works."
)
NO_SPACE = _("The server's disk is full. The preview follows once there is room.")

# Nothing to show of this one
EMPTY = _("The file is empty.")
DAMAGED = _("The file is damaged or incomplete.")
OTHER_KIND = _("The content of the file does not fit its name.")
PASSWORD = _("The file is protected by a password. Download it to open it.")
UNREADABLE = _("The file could not be read: it is damaged or protected by a password.")
BOMB = _("The file unpacks to far more than a document holds. It is not opened.")
TOO_LARGE = _("The file is too large for a preview. Download it to open it.")
NESTED = _("The file contains archives in archives. It is not opened.")
UNSAFE_NAMES = _("The file contains entries that lead outside of it. It is not opened.")
ENTITIES = _("The file declares its own XML entities, as documents never do. It is not opened.")
TOO_LONG = _("The preview took too long and was stopped. Download the file to open it.")
CRASHED = _("The preview failed. Download the file to open it.")
NOTHING = _("There is nothing to show in this file.")
GONE = _("The content of the file is missing in the store.")

# Remarks above a preview
FIRST_PAGES = _("At most the first 300 pages are shown.")
FIRST_FRAMES = _("Only the first pictures of the animation are shown.")
FIRST_LINES = _("Only the beginning of the file is shown.")
