"""How fast the realtime engine is: `python -m bench.realtime` (README.md)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
os.environ.setdefault("PREWORK_LOG_LEVEL", "WARNING")
