"""Text of unknown encoding as UTF-8: the beginning of a file, tables of any separator with commas."""

import csv
import io
import re

#: Tried in this order; GB18030 holds GBK and GB2312.
ENCODINGS = ("utf-8", "gb18030", "big5")
MOST_BYTES, MOST_LINES = 1 << 20, 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain(source, target, table):
    """Write the beginning of `source` into `target`; `table`: a CSV file, rewritten with commas."""
    with open(source, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    text, cut = decode(content[:MOST_BYTES]), len(content) > MOST_BYTES
    lines = text.splitlines()
    cut = cut or len(lines) > MOST_LINES
    text = "\n".join(lines[:MOST_LINES])
    with open(target, "w", encoding="utf-8", newline="") as out:
        out.write(_commas(text) if table else text)
    return {"cut": cut}


def decode(content):
    """Text of some bytes, which may end within a letter; what is no text in any encoding gets marks."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _clean(content.decode("utf-16", "replace"))
    if content[:3] == b"\xef\xbb\xbf":
        return _clean(content[3:].decode("utf-8", "replace"))
    for encoding in ENCODINGS:
        for end in range(4):
            try:
                return _clean(content[: len(content) - end].decode(encoding))
            except UnicodeDecodeError:
                continue
    return _clean(content.decode("utf-8", "replace"))


def _clean(text):
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _commas(text):
    first = text.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    out = io.StringIO()
    try:
        csv.writer(out, lineterminator="\n").writerows(csv.reader(text.splitlines(), delimiter=separator))
    except csv.Error:  # a cell longer than any table has
        return text
    return out.getvalue()
