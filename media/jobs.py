"""What goes on by itself: what uploads leave behind is swept, and what belongs to no file;
what waits for the scanner is scanned.
"""

from datetime import timedelta

from media.services import scan_uploads, sweep_orphans, sweep_uploads
from prework.jobs import Job

SWEEP_UPLOADS = Job(name="media.sweep_uploads", every=timedelta(minutes=15), work=sweep_uploads)
SWEEP_ORPHANS = Job(name="media.sweep_orphans", every=timedelta(days=7), work=sweep_orphans)
SCAN_UPLOADS = Job(name="media.scan_uploads", every=timedelta(seconds=30), work=scan_uploads)
