"""A project with Django's own apps and one more. CONNINFO names the database."""

import os

from psycopg.conninfo import conninfo_to_dict

_target = conninfo_to_dict(os.environ["CONNINFO"])

SECRET_KEY = "of a test"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1
ROOT_URLCONF = "settings"
urlpatterns = []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.flatpages",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.redirects",
    "django.contrib.sessions",
    "django.contrib.sites",
    "choir",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _target["dbname"],
        "HOST": _target.get("host", ""),
        "PORT": _target.get("port", ""),
        "USER": _target.get("user", ""),
    }
}

# Quicker than what a real project has to use.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Those of the pages that nobody asks for here.
SILENCED_SYSTEM_CHECKS = ["admin.E403", "admin.E408", "admin.E409", "admin.E410"]
