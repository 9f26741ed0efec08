"""What the audit trail costs at size, in pages and as a whole: `python -m bench.audit`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
os.environ.setdefault("PREWORK_LOG_LEVEL", "WARNING")
