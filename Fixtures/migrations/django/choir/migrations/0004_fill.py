"""A migration of rows between changes of schema, all in one transaction."""

from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Concat


def fill(apps, schema_editor):
    singers = apps.get_model("choir", "Singer").objects
    singers.update(email=Concat(Value("s"), "id", Value("@choir.example"), output_field=models.TextField()))
    for singer in singers.filter(pk__gt=1):
        singer.teacher = singers.order_by("pk").first()
        singer.extra = {"letters": len(singer.name)}
        singer.save()


def clean(apps, schema_editor):
    apps.get_model("choir", "Song").objects.update(minutes=F("minutes") + 1)


class Migration(migrations.Migration):
    dependencies = [("choir", "0003_more_columns")]

    operations = [
        migrations.AlterField("singer", "name", models.CharField(max_length=200)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddField("song", "words", models.TextField(default="")),
        migrations.RunPython(clean, migrations.RunPython.noop),
    ]
