"""Files meant to hurt, built here: bombs, traps, lies, half files and secrets."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib

from PIL import Image

from tests.documents import papers

WORD = "word/document.xml"
RELS = "word/_rels/document.xml.rels"
MARK = "canary-text-of-a-local-file"


# --- Office files that reach out --------------------------------------------------------------------


def _related(kind: str, target: str) -> object:
    relation = (
        '<Relationship Id="rIdX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'{kind}" Target="{target}" TargetMode="External"/>'
    )
    return lambda old: old.replace("</Relationships>", relation + "</Relationships>")


def _in_body(xml: str) -> object:
    return lambda old: old.replace("<w:body>", "<w:body>" + xml, 1)


def docx_image(address: str) -> bytes:
    """A picture that lies elsewhere."""
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
        'wordprocessingDrawing"><wp:extent cx="990000" cy="990000"/><wp:docPr id="1" name="p"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData '
        'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr id="0" '
        'name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="rIdX" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/><a:stretch><a:fillRect/>'
        '</a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="990000" cy="990000"/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    return papers.rezipped(papers.docx_file(), {RELS: _related("image", address), WORD: _in_body(drawing)})


def docx_template(address: str) -> bytes:
    """A template that lies elsewhere."""
    settings = "word/settings.xml"
    relations = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships '
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rIdT" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        f'Target="{address}" TargetMode="External"/></Relationships>'
    )
    attached = (
        '<w:attachedTemplate xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'r:id="rIdT"/></w:settings>'
    )
    return papers.rezipped(
        papers.docx_file(),
        {
            settings: lambda old: old.replace("</w:settings>", attached),
            "word/_rels/settings.xml.rels": relations,
        },
    )


def docx_field(instruction: str) -> bytes:
    """A field that is worked out on opening: INCLUDEPICTURE, INCLUDETEXT, DDEAUTO."""
    quoted = instruction.replace('"', "&quot;")
    field = (
        f'<w:p><w:fldSimple w:instr="{quoted}" w:dirty="true"><w:r><w:t>alt</w:t></w:r></w:fldSimple></w:p>'
    )
    return papers.rezipped(papers.docx_file(), {WORD: _in_body(field)})


def xlsx_formulas(*formulas: str) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "表")
    for row, formula in enumerate(formulas, 1):
        sheet.write_formula(row, 0, formula, value="alt")
    book.close()
    return out.getvalue()


def xlsx_link(address: str) -> bytes:
    """A link to another workbook, with the cell that reads it."""
    link = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><externalLink '
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook r:id="rId1" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheetNames>'
        '<sheetName val="Sheet1"/></sheetNames></externalBook></externalLink>'
    )
    relations = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships '
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" '
        f'Target="{address}" TargetMode="External"/></Relationships>'
    )
    own = (
        '<Relationship Id="rIdL" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>'
    )
    part = (
        '<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="application/vnd.openxmlformats'
        '-officedocument.spreadsheetml.externalLink+xml"/></Types>'
    )
    references = (
        '</sheets><externalReferences><externalReference r:id="rIdL" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></externalReferences>'
    )
    return papers.rezipped(
        xlsx_formulas("=[1]Sheet1!A1"),
        {
            "xl/externalLinks/externalLink1.xml": link,
            "xl/externalLinks/_rels/externalLink1.xml.rels": relations,
            "xl/_rels/workbook.xml.rels": lambda old: old.replace("</Relationships>", own),
            "[Content_Types].xml": lambda old: old.replace("</Types>", part),
            "xl/workbook.xml": lambda old: old.replace("</sheets>", references),
        },
    )


def odt_linked(address: str) -> bytes:
    """A section and a picture that lie elsewhere."""
    body = (
        f'<text:section text:name="s"><text:section-source xlink:href="{address}" xlink:type="simple"/>'
        '<text:p>alt</text:p></text:section><text:p><draw:frame svg:width="2cm" svg:height="2cm">'
        f'<draw:image xlink:href="{address}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
        f"</draw:frame></text:p><text:p>{papers.SENTENCE}</text:p>"
    )
    return papers.odf_file("text", body)


def odt_macro() -> bytes:
    """A Basic macro that writes into the document as soon as it is opened."""
    events = (
        "<office:scripts><office:event-listeners>"
        + "".join(
            f'<script:event-listener script:language="ooo:script" script:event-name="dom:{event}" '
            'xlink:href="vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document" '
            'xlink:type="simple"/>'
            for event in ("load", "loadfinished", "focus")
        )
        + "</office:event-listeners></office:scripts>"
    )
    code = (
        "Sub Main\nThisComponent.Text.insertString(ThisComponent.Text.End, &quot;MACRO RAN&quot;, False)\n"
        "Shell(&quot;/bin/sh&quot;, 0, &quot;-c &apos;touch macro-ran&apos;&quot;)\nEnd Sub"
    )
    library = 'xmlns:library="http://openoffice.org/2000/library"'
    parts = {
        "Basic/script-lc.xml": f'<library:libraries {library} xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<library:library library:name="Standard" library:link="false"/></library:libraries>',
        "Basic/Standard/script-lb.xml": f'<library:library {library} library:name="Standard" '
        'library:readonly="false" library:passwordprotected="false"><library:element '
        'library:name="Module1"/></library:library>',
        "Basic/Standard/Module1.xml": '<script:module xmlns:script="http://openoffice.org/2000/script" '
        f'script:name="Module1" script:language="StarBasic">{code}</script:module>',
    }
    return papers.odf_file("text", f"<text:p>{papers.SENTENCE}</text:p>", parts, styles=events)


def docm() -> bytes:
    """A document with a VBA project (of which LibreOffice must not even ask)."""
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macro = "application/vnd.ms-word.document.macroEnabled.main+xml"
    part = (
        '<Override PartName="/word/vbaProject.bin" '
        'ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    )
    relation = (
        '<Relationship Id="rIdV" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
        'Target="vbaProject.bin"/></Relationships>'
    )
    return papers.rezipped(
        papers.docx_file(),
        {
            "[Content_Types].xml": lambda old: old.replace(main, macro).replace("</Types>", part),
            RELS: lambda old: old.replace("</Relationships>", relation),
            "word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        },
    )


def docx_font() -> bytes:
    """An embedded font whose tables lie about their sizes."""
    font = (
        b"OTTO"
        + struct.pack(">HHHH", 1, 16, 0, 0)
        + b"CFF "
        + struct.pack(">III", 0, 28, 0xFFFFFFF0)
        + b"\xff" * 400
    )
    table = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts '
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:font w:name="Evil">'
        '<w:embedRegular r:id="rId1" w:fontKey="{00000000-0000-0000-0000-000000000000}"/></w:font></w:fonts>'
    )
    relations = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships '
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/font" '
        'Target="fonts/font1.odttf"/></Relationships>'
    )
    text = '<w:p><w:r><w:rPr><w:rFonts w:ascii="Evil" w:hAnsi="Evil"/></w:rPr><w:t>Evil</w:t></w:r></w:p>'
    return papers.rezipped(
        papers.docx_file(),
        {
            "word/fontTable.xml": table,
            "word/_rels/fontTable.xml.rels": relations,
            "word/fonts/font1.odttf": font,
            WORD: _in_body(text),
        },
    )


def pptx_ole() -> bytes:
    return papers.rezipped(
        papers.pptx_file(1),
        {"ppt/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)},
    )


# --- archives ---------------------------------------------------------------------------------------


def docx_with(parts: dict[str, str | bytes]) -> bytes:
    return papers.rezipped(papers.docx_file(), parts)


def laughs(encoding: str = "utf-8") -> bytes:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "lol">{lines}]><w:document>&l9;</w:document>'
    return docx_with({WORD: text.encode(encoding)})


def bomb() -> bytes:
    """100 MB of nothing in 100 kB."""
    return docx_with({"word/media/image1.png": bytes(100 << 20)})


def overlapping() -> bytes:
    """One packed block that a hundred entries share."""
    whole = docx_with({"word/media/a.bin": zlib.compress(bytes(50_000)) * 400})
    start = whole.index(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    directory, tail = whole[start:end], bytearray(whole[end:])
    last = directory[directory.rindex(b"PK\x01\x02") :]
    many = directory + last * 100
    entries = struct.unpack("<H", tail[10:12])[0] + 100
    tail[8:12] = struct.pack("<HH", entries, entries)
    tail[12:16] = struct.pack("<I", len(many))
    return whole[:start] + many + bytes(tail)


def nested(depth: int) -> bytes:
    inner = papers.zipped({"bottom.txt": b"x"}, zipfile.ZIP_STORED)
    for _ in range(depth):
        inner = papers.zipped({"inner.zip": inner}, zipfile.ZIP_STORED)
    return docx_with({"word/embeddings/a.bin": inner})


def slipping(name: str) -> bytes:
    return docx_with({name: b"x"})


def linked() -> bytes:
    out = io.BytesIO(papers.docx_file())
    with zipfile.ZipFile(out, "a") as archive:
        entry = zipfile.ZipInfo("word/media/link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def forged() -> bytes:
    """The directory says ten bytes; it unpacks to five million."""
    whole = bytearray(docx_with({"word/media/z.bin": bytes(5_000_000)}))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = whole.rindex(
            b"word/media/z.bin", 0, None if mark == b"PK\x01\x02" else whole.index(b"PK\x01\x02")
        )
        head = whole.rindex(mark, 0, place)
        whole[head + at : head + at + 4] = struct.pack("<I", 10)
    return bytes(whole)


def crowd(entries: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number in range(entries):
            archive.writestr(f"word/{number}", b"")
    return out.getvalue()


def million_rows() -> bytes:
    cells = "".join(f'<c r="{column}{{n}}"><v>{{n}}</v></c>' for column in "ABC")
    rows = "".join(f'<row r="{n}">{cells.replace("{n}", str(n))}</row>' for n in range(1, 1_048_577))
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    return papers.rezipped(papers.xlsx_file(1), {"xl/worksheets/sheet1.xml": sheet})


def locked_zip() -> bytes:
    whole = bytearray(papers.docx_file())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := whole.find(mark, start)) >= 0:
            whole[start + at] |= 1
            start += 4
    return bytes(whole)


def locked_office() -> bytes:
    """What Word writes for a password: an OLE file whose directory names the encrypted package."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1000)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(500)
    )


def locked_odt() -> bytes:
    def lock(manifest: str) -> str:
        return manifest.replace(
            'manifest:full-path="content.xml" manifest:media-type="text/xml"/>',
            'manifest:full-path="content.xml" manifest:media-type="text/xml">'
            "<manifest:encryption-data/></manifest:file-entry>",
        )

    return papers.rezipped(papers.odt_file(), {"META-INF/manifest.xml": lock})


# --- PDF --------------------------------------------------------------------------------------------


def _rc4(key: bytes, text: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = bytearray()
    for letter in text:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(letter ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def locked_pdf() -> bytes:
    """Protected by the user's password "geheim" (standard handler, 40 bits)."""
    word, ident, rights = (b"geheim" + _PAD)[:32], b"0123456789abcdef", -4
    owner = _rc4(hashlib.md5(word, usedforsecurity=False).digest()[:5], word)
    key = hashlib.md5(word + owner + struct.pack("<i", rights) + ident, usedforsecurity=False).digest()[:5]
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P %d/O<%s>/U<%s>>>/ID[<%s><%s>]" % (
        rights,
        owner.hex().encode(),
        _rc4(key, _PAD).hex().encode(),
        ident.hex().encode(),
        ident.hex().encode(),
    )
    return papers.pdf_file().replace(b"trailer<<", b"trailer<<" + lock)


SCRIPT = b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\);this.submitForm\\({cURL:'http://127.0.0.1/'}\\))>>"
LAUNCH = b"/OpenAction<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)/P(/c calc)>>>>"


# --- pictures ---------------------------------------------------------------------------------------


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + pixels + _chunk(b"IEND", b"")


def png_text_bomb() -> bytes:
    return png(4, 4, _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9)))


def gif(frames: int) -> bytes:
    whole = io.BytesIO()
    Image.new("P", (8, 8)).save(whole, "GIF")
    one = whole.getvalue()
    start = one.index(b"\x2c\0\0\0\0")
    head, frame = one[:start], one[start:-1]
    control = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"
    return head + (control + frame) * frames + b"\x3b"
