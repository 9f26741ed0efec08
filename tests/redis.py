"""Whether there is a Redis to start. In CI, which installs one, tests that need it never skip."""

import os
import shutil

REDIS = shutil.which("redis-server")
HAS_REDIS = bool(REDIS or os.environ.get("CI"))
