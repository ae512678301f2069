"""Other types, and no nulls."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("choir", "0004_fill")]

    operations = [
        migrations.AlterField("singer", "email", models.TextField()),
        migrations.AlterField("singer", "voice", models.CharField(max_length=20, default="alto")),
        migrations.AlterField("singer", "born", models.IntegerField(null=True)),
        migrations.AlterField("singer", "born", models.BigIntegerField(null=True)),
        migrations.AlterField("song", "minutes", models.IntegerField(default=3)),
    ]
