"""Bytes to a plain tree of elements that knows its lines. Pure; refuses what attacks a parser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import InputSource

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from production.interchange.mspdi import NAMESPACE, Broken, _

MOST_BYTES = 20 * 1024 * 1024
MOST_ELEMENTS, DEEPEST, LONGEST_TEXT = 600_000, 40, 100_000
#: Big parts of real files that say nothing about a plan.
PASSED_OVER = frozenset(
    [
        *("TimephasedData", "ExtendedAttributes", "ExtendedAttribute", "OutlineCodes", "OutlineCode"),
        *("WBSMasks", "Views", "Filters", "Groups", "Tables", "Maps", "Reports", "Drawings", "DataLinks"),
        *("VBAProjects", "AvailabilityPeriods", "Rates"),
    ]
)
DECLARED = re.compile(rb"""^(<\?xml[^>]{0,80}?)\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,30})["']""")
CHINESE = frozenset({b"gb2312", b"gbk", b"gb18030", b"cp936"})


@dataclass(slots=True)
class Node:
    """An element: its name without namespace, the line it begins on, its text and children."""

    tag: str
    line: int
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, tag: str) -> list[Node]:
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Node | None:
        return next((child for child in self.children if child.tag == tag), None)

    def get(self, tag: str) -> str:
        """The text of the first child of this name; "" when there is none."""
        child = self.first(tag)
        return child.text.strip() if child else ""

    def under(self, *tags: str) -> list[Node]:
        """The elements at the end of a path of names."""
        found = [self]
        for tag in tags:
            found = [child for node in found for child in node.all(tag)]
        return found


class Builder(ContentHandler):
    """Grows the tree while the file is read; what is passed over or foreign is not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._skipping = 0
        self._count = 0
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self._locator = locator

    @property
    def line(self) -> int:
        return int(self._locator.getLineNumber() or 0)

    def startElementNS(self, name: tuple[str | None, str], qname: Any, attrs: Any) -> None:
        space, tag = name
        if self.root is None and (space, tag) != (NAMESPACE, "Project"):
            raise Broken(
                _("This is XML, but no MS Project file: it begins with <%(tag)s>."), self.line, tag=tag[:40]
            )
        if self._skipping or space != NAMESPACE or tag in PASSED_OVER:
            self._skipping += 1
            return
        self._grow(Node(tag, self.line))

    def _grow(self, node: Node) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise Broken(_("The file has more elements than we accept."), node.line)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def endElementNS(self, name: Any, qname: Any) -> None:
        if self._skipping:
            self._skipping -= 1
        else:
            self._open.pop()

    def characters(self, content: str) -> None:
        if self._skipping or not self._open:
            return
        node = self._open[-1]
        if node.children and content.isspace():
            return  # the room between elements
        if len(node.text) + len(content) > LONGEST_TEXT:
            raise Broken(_("A text is longer than we accept."), node.line, node.tag)
        node.text += content


def parse(data: bytes) -> Node:
    """The root element <Project>. Raises Broken: empty, too large, entities, not well-formed, something
    else than a plan."""
    if not data.strip():
        raise Broken(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise Broken(_("The file is larger than 20 MB."))
    builder = Builder()
    reader: Any = make_parser()
    reader.setFeature(feature_namespaces, True)
    reader.forbid_dtd = True
    reader.setContentHandler(builder)
    try:
        reader.parse(_source(data))
    except DefusedXmlException:
        raise Broken(_("The file declares entities or a document type; such files are not read.")) from None
    except SAXParseException as wrong:
        raise _malformed(data, wrong) from None
    if builder.root is None:  # the parser refuses documents without a root
        raise Broken(_("The file is empty."))
    return builder.root


def _malformed(data: bytes, wrong: Any) -> Broken:
    if data[:4] == b"PK\x03\x04" or data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return Broken(_("This is no XML. In MS Project choose “Save as” and the type “XML format”."))
    line = wrong.getLineNumber() or 0
    return Broken(_("The XML is broken or cut off (%(why)s)."), line, why=str(wrong.getMessage())[:80])


def _source(data: bytes) -> InputSource:
    """The bytes for the parser, which knows no Chinese encodings itself."""
    found = DECLARED.match(data)
    if found and found[2].lower() in CHINESE:
        try:
            text = data[found.end() :].decode("gb18030")
        except UnicodeDecodeError:
            raise Broken(_("The text is not in the encoding that the file declares.")) from None
        data = found[1] + b' encoding="utf-8"' + text.encode()
    source = InputSource()
    source.setByteStream(BytesIO(data))
    return source
