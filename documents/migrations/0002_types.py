"""The document types every site starts with; edited in the back office afterwards."""

from django.db import migrations

OFFICE = "docx doc odt xlsx xls ods pptx ppt odp"
PICTURES = "png jpg jpeg webp gif tif tiff bmp heic"
DRAWINGS = "dwg dxf step stp stl igs iges sldprt sldasm slddrw"
#: slug, Chinese, English, audiences, controlled, extensions
TYPES = [
    ("contract", "合同", "Contract", "finance", False, f"pdf {OFFICE} {PICTURES}"),
    ("technical", "技术文档", "Technical document", "team quality procurement", False, ""),
    ("drawing", "图纸", "Drawing", "team quality procurement", True, f"pdf {DRAWINGS} {PICTURES} zip"),
    ("invoice", "发票", "Invoice", "finance", False, f"pdf ofd xml {OFFICE} {PICTURES}"),
    ("acceptance", "验收报告", "Acceptance report", "team quality", False, f"pdf {OFFICE} {PICTURES}"),
    ("photo", "照片", "Photo", "team", False, f"{PICTURES} mp4 mov"),
    ("other", "其它", "Other", "team", False, ""),
]


def fill(apps, schema_editor):
    types = apps.get_model("documents", "DocumentType")
    for position, (slug, name, english, audiences, controlled, extensions) in enumerate(TYPES, 1):
        flags = {
            f"for_{who}": who in audiences.split() for who in ("team", "quality", "procurement", "finance")
        }
        types.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "name_en": english,
                "position": position * 10,
                "controlled": controlled,
                "extensions": extensions,
                **flags,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
