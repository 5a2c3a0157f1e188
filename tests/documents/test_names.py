"""File names as people and attackers give them: classes 141–167 of the bad inputs."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from documents.names import DEVICES, LONGEST, clean_file_name, clean_title

#: class → (given, name, extension)
NAMES = {
    "141 parent folder": ("../x.pdf", "x.pdf", "pdf"),
    "141 deep parent": ("../../../etc/passwd", "passwd", ""),
    "142 parent folder, Windows": ("..\\x.pdf", "x.pdf", "pdf"),
    "143 absolute": ("/etc/x.txt", "x.txt", "txt"),
    "144 drive": ("C:\\x.pdf", "x.pdf", "pdf"),
    "144 drive without slash": ("C:x.pdf", "C_x.pdf", "pdf"),
    "145 share": ("\\\\server\\share", "share", ""),
    "146 stream": ("a.pdf:stream", "a.pdf_stream", ""),
    "146 data stream": ("a.pdf::$DATA", "a.pdf__$DATA", ""),
    "147 device": ("CON", "_CON", ""),
    "147 device with extension": ("nul.pdf", "_nul.pdf", "pdf"),
    "147 device with two extensions": ("Aux.tar.zip", "_Aux.tar.zip", "zip"),
    "147 device in superscript": ("COM¹.txt", "_COM¹.txt", "txt"),
    "148 trailing dot": ("a.pdf.", "a.pdf", "pdf"),
    "148 trailing spaces": ("a.pdf  ", "a.pdf", "pdf"),
    "148 trailing dots and spaces": ("a.pdf . . ", "a.pdf", "pdf"),
    "149 leading dot": (".profile.txt", "_.profile.txt", "txt"),
    "150 leading dash": ("-rf.pdf", "_-rf.pdf", "pdf"),
    "151 only an extension": (".pdf", "_.pdf", "pdf"),
    "152 no extension": ("README", "README", ""),
    "153 two extensions, a program": ("a.pdf.exe", "a.pdf.exe", "exe"),
    "153 two extensions, a picture": ("a.php.jpg", "a.php.jpg", "jpg"),
    "154 255 bytes Chinese": ("图" * 83 + "ab.pdf", "图" * 83 + "ab.pdf", "pdf"),
    "155 300 characters": ("图" * 300 + ".docx", "图" * 83 + ".docx", "docx"),
    "155 300 letters": ("a" * 300 + ".docx", "a" * 250 + ".docx", "docx"),
    "155 300 without extension": ("a" * 300, "a" * 255, ""),
    "156 emoji": ("照片😀.png", "照片😀.png", "png"),
    "157 right-to-left": ("发票\u202efdp.exe", "发票fdp.exe", "exe"),
    "157 isolates": ("\u2067a\u2069.pdf", "a.pdf", "pdf"),
    "158 newline": ("a\r\nb.pdf", "a b.pdf", "pdf"),
    "158 line separator": ("a\u2028b.pdf", "a b.pdf", "pdf"),
    "159 quote and semicolon": ("a\";b'c.pdf", "a_;b'c.pdf", "pdf"),
    "160 percent-encoded slash": ("a%2F..%2fb%5Cc.pdf", "a_.._b_c.pdf", "pdf"),
    "161 NUL before the extension": ("a.pdf\0.exe", "a.pdf.exe", "exe"),
    "162 look-alikes of slashes": ("a∕b／c⁄d＼e.pdf", "a_b_c_d_e.pdf", "pdf"),
    "163 NFD": (unicodedata.normalize("NFD", "é可.pdf"), "é可.pdf", "pdf"),
    "164 case": ("Plan.PDF", "Plan.PDF", "pdf"),
    "166 percent-encoded NUL": ("a.pdf%00.exe", "a.pdf_.exe", "exe"),
    "167 desktop.ini": ("desktop.ini", "_desktop.ini", "ini"),
    "167 htaccess": (".htaccess", "_.htaccess", "htaccess"),
    "167 web.config": ("Web.config", "_Web.config", "config"),
    "167 thumbs.db": ("Thumbs.db", "_Thumbs.db", "db"),
    "full-width extension": ("图.ＰＤＦ", "图.PDF", "pdf"),
    "zero-width": ("a\u200b\ufeff.p\u200ddf", "a.pdf", "pdf"),
    "lone surrogate": ("a\ud800.pdf", "a.pdf", "pdf"),
    "empty": ("", "unnamed", ""),
    "dots only": ("...", "unnamed", ""),
    "spaces only": ("   ", "unnamed", ""),
    "folder only": ("a/b/", "unnamed", ""),
    "no letter of an extension": ("v1.2图", "v1.2图", ""),
}


@pytest.mark.parametrize(("given", "name", "extension"), NAMES.values(), ids=NAMES.keys())
def test_names_become_safe(given, name, extension):
    assert clean_file_name(given) == (name, extension)


@pytest.mark.parametrize("given", [given for given, _, _ in NAMES.values()], ids=NAMES.keys())
def test_a_safe_name_is_one_part_everywhere_and_stays_as_it_is(given):
    name, extension = clean_file_name(given)
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert name.partition(".")[0].upper() not in DEVICES
    assert name[0] not in ".-"
    assert name[-1] not in ". "
    assert 1 <= len(name.encode()) <= LONGEST
    assert not {unicodedata.category(c) for c in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean_file_name(name) == (name, extension)


def test_every_device_is_renamed():
    for device in DEVICES:
        assert clean_file_name(f"{device.lower()}.txt")[0] == f"_{device.lower()}.txt"


def test_names_that_differ_by_composition_only_are_one_name():
    """163: what a Mac sends equals what a PC sends."""
    assert clean_file_name(unicodedata.normalize("NFD", "Prüfung.pdf")) == clean_file_name("Prüfung.pdf")


def test_titles_are_one_visible_line():
    assert clean_title("  技术\u202e方案\n 第二版\t") == "技术方案 第二版"
    assert len(clean_title("图" * 300)) == 200
    assert clean_title("\u200b \0") == ""
