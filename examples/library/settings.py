"""Django, with no SQL database, no auth app and no sessions."""

import os

SECRET_KEY = os.environ["LIBRARY_SECRET_KEY"]
DEBUG = True  # so that runserver serves the static files; it is an example
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "examples.library.urls"
CSRF_FAILURE_VIEW = "examples.library.site.csrf_failed"
STATIC_URL = "/static/"
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django.contrib.messages",
    "prework.dynamoadmin.apps.StockAdmin",
    "prework.dynamoadmin",
    "examples.library",
]
MIGRATION_MODULES = {"admin": None}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DYNAMODB_URL = os.environ["LIBRARY_DYNAMODB_URL"]
# Who is let in, and whether they may change anything.
LIBRARIANS = {"ada": True, "ben": False}
PASSWORD = os.environ["LIBRARY_PASSWORD"]
