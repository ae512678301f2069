"""What is not needed any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("choir", "0010_through")]

    operations = [
        migrations.RemoveField("singer", "nickname"),
        migrations.DeleteModel("Poster"),
    ]
