"""Runs beside LibreOffice behind the walls, under the python that has its `uno` module.

Arguments: the soffice program, the profile folder. Starts LibreOffice, says {"ready": true} on
standard output, then turns one document after the other into PDF: a line of JSON in, one out. Ends when
its input does, and everything with it.
"""

import json
import os
import subprocess
import sys
import threading
import time

import uno
from com.sun.star.beans import PropertyValue

PIPE = "office"
RESTART = 81  # what a first start with an empty profile ends with
EXPORT = (
    ("com.sun.star.text.TextDocument", "writer_pdf_Export"),
    ("com.sun.star.text.WebDocument", "writer_web_pdf_Export"),
    ("com.sun.star.sheet.SpreadsheetDocument", "calc_pdf_Export"),
    ("com.sun.star.presentation.PresentationDocument", "impress_pdf_Export"),
    ("com.sun.star.drawing.DrawingDocument", "draw_pdf_Export"),
)


def main():
    soffice, profile = sys.argv[1:3]
    lines = _read_ahead()
    desktop = _connect(soffice, profile)
    _say(ready=True)
    for line in lines:
        order = json.loads(line)
        try:
            _say(**_convert(desktop, order))
        except Exception as wrong:  # whatever LibreOffice throws is an answer
            _say(error="convert", text=f"{type(wrong).__name__}: {wrong}"[:500])


def _read_ahead():
    """Lines of the input; a thread reads them, so that its end is seen during a conversion, too."""
    ready, found = threading.Semaphore(0), []

    def read():
        for line in sys.stdin:
            found.append(line)
            ready.release()
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        ready.acquire()
        yield found.pop(0)


def _say(**answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _connect(soffice, profile):
    """The desktop of a LibreOffice started for us; tries once more when the first start asks for it."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    address = f"uno:pipe,name={PIPE};urp;StarOffice.ComponentContext"
    office = _launch(soffice, profile)
    restarted = False
    while True:
        try:
            context = resolver.resolve(address)
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:
            code = office.poll()
            if code == RESTART and not restarted:
                office, restarted = _launch(soffice, profile), True
            elif code is not None:
                _say(error="start", text=f"LibreOffice ended with {code}")
                os._exit(1)
            time.sleep(0.02)


def _launch(soffice, profile):
    return subprocess.Popen(  # noqa: S603
        [
            soffice,
            f"-env:UserInstallation={uno.systemPathToFileUrl(profile)}",
            "--headless",
            "--invisible",
            "--nologo",
            "--nodefault",
            "--norestore",
            "--nolockcheck",
            "--nofirststartwizard",
            f"--accept=pipe,name={PIPE};urp;",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _convert(desktop, order):
    document = _load(desktop, order["source"])
    if document is None:
        return {"error": "load", "text": "the document could not be loaded"}
    try:
        export = next((name for service, name in EXPORT if document.supportsService(service)), None)
        if export is None:
            return {"error": "load", "text": "not a document of a kind that is shown"}
        if export == "calc_pdf_Export":
            _fit_to_width(document)
        pages = _values(PageRange=f"1-{order['pages']}", ExportFormFields=False)
        options = _values(
            FilterName=export,
            FilterData=uno.Any("[]com.sun.star.beans.PropertyValue", pages),
        )
        document.storeToURL(uno.systemPathToFileUrl(order["target"]), options)
        return {"ok": True}
    finally:
        document.close(True)


def _load(desktop, path):
    from com.sun.star.lang import IllegalArgumentException  # "unsupported URL": not to be loaded

    quiet = _values(Hidden=True, ReadOnly=True, MacroExecutionMode=0, UpdateDocMode=0)
    try:
        return desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, quiet)
    except IllegalArgumentException:
        return None


def _fit_to_width(document):
    """Sheets whose author set no scale are scaled to the width of the paper, so that rows stay together."""
    styles = document.StyleFamilies.getByName("PageStyles")
    for name in styles.ElementNames[:50]:
        style = styles.getByName(name)
        if (style.PageScale, style.ScaleToPages, style.ScaleToPagesX, style.ScaleToPagesY) == (100, 0, 0, 0):
            style.ScaleToPagesX = 1


def _values(**named):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in named.items())


main()
