"""The audit seal under load and at size: `python -m bench.seal` (README.md)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
os.environ.setdefault("PREWORK_LOG_LEVEL", "WARNING")
