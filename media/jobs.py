"""What goes on by itself: uploads that nobody confirmed are swept, and what was put too late."""

from datetime import timedelta

from media.services import sweep_uploads
from prework.jobs import Job

SWEEP_UPLOADS = Job(name="media.sweep_uploads", every=timedelta(minutes=15), work=sweep_uploads)
