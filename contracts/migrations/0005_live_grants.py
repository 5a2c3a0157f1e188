from django.db import migrations, models

LIVE = ("draft", "released", "delivered", "confirmed")
GRANTS = (("contractusergrant", "user", "grant_live"), ("contractgroupgrant", "group", "group_grant_live"))


def repeat_stage(apps, schema_editor):
    frozen = apps.get_model("contracts", "Contract").objects.exclude(stage__in=LIVE).order_by().values("pk")
    for model, _holder, _index in GRANTS:
        grants = apps.get_model("contracts", model).objects
        grants.filter(content_object__in=frozen).update(live=False)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0004_names")]

    operations = [
        *[
            migrations.AddField(
                model_name=model, name="live", field=models.BooleanField(default=True, editable=False)
            )
            for model, _holder, _index in GRANTS
        ],
        migrations.RunPython(repeat_stage, migrations.RunPython.noop),
        *[
            migrations.AddIndex(
                model_name=model,
                index=models.Index(fields=[holder, "permission"], condition=models.Q(live=True), name=index),
            )
            for model, holder, index in GRANTS
        ],
    ]
