"""What a page of the admin costs at size: `python -m bench.admin` (README.md)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
os.environ.setdefault("PREWORK_LOG_LEVEL", "WARNING")
