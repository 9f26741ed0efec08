"""Django settings, read from the environment. What each variable means is in the README."""

import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from environs import Env, validate

from prework.logs import logging_config

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# -- what runs where ------------------------------------------------------------------------
PREWORK_ENV = env.str(
    "PREWORK_ENV", "development", validate=validate.OneOf(["development", "production"])
)
PREWORK_AWS = env.str(
    "PREWORK_AWS",
    "embedded" if PREWORK_ENV == "development" else "aws",
    validate=validate.OneOf(["embedded", "aws"]),
)
PREWORK_PORT = env.int("PREWORK_PORT", 8000)
VERSION = "0.1.0"
RELEASE = env.str("PREWORK_RELEASE", VERSION)  # what of it runs here: a tag, a commit
IS_PRODUCTION = PREWORK_ENV == "production"
DEBUG = env.bool("DJANGO_DEBUG", False)
DEVELOPMENT_KEY = "development-only-key-that-production-refuses-to-start-with"
SECRET_KEY = env.str("DJANGO_SECRET_KEY", DEVELOPMENT_KEY)
ALLOWED_HOSTS = env.list(
    "PREWORK_ALLOWED_HOSTS", [] if IS_PRODUCTION else ["127.0.0.1", "localhost", "[::1]"]
)
ALLOWED_ORIGINS = env.list(
    "PREWORK_ALLOWED_ORIGINS",
    []
    if IS_PRODUCTION
    else [f"http://{host}:{PREWORK_PORT}" for host in ("127.0.0.1", "localhost")],
)
TRUSTED_PROXIES: list[str] = env.list("PREWORK_TRUSTED_PROXIES", [])

# -- AWS ------------------------------------------------------------------------------------
AWS_REGION = env.str("AWS_REGION", env.str("AWS_DEFAULT_REGION", "us-east-1"))
AWS_ENDPOINT_URL = env.str("PREWORK_AWS_ENDPOINT_URL", "") or None
S3_ENDPOINT_URL = env.str("PREWORK_S3_ENDPOINT_URL", "") or None  # where S3 is elsewhere
TABLE_PREFIX = env.str("PREWORK_TABLE_PREFIX", "pre-work-")
MEDIA_BUCKET = env.str("PREWORK_MEDIA_BUCKET", "pre-work-media-uploads")
AUDIT_BUCKET = env.str("PREWORK_AUDIT_BUCKET", "pre-work-audit-archive")
# Requests run on this many threads, those of images and store calls of sockets and the engine on
# as many more each; the AWS clients keep a connection for each.
THREADS = env.int("PREWORK_THREADS", 16)
STORE_CONNECTIONS = 3 * THREADS
# An answer of DynamoDB that takes longer counts as lost. Its slowest, a transaction, takes tenths.
STORE_TIMEOUT_SECONDS = env.float("PREWORK_STORE_TIMEOUT", 3.0)

# -- Django, without SQL --------------------------------------------------------------------
DATABASES: dict[str, Any] = {}
MIGRATION_MODULES = {"admin": None}  # its templates are here, its table is not
INSTALLED_APPS = [
    "prework",  # first, for its runserver
    "daphne",
    "django.contrib.staticfiles",
    "django.contrib.messages",
    "prework.dynamoadmin.apps.StockAdmin",
    "prework.dynamoadmin",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "notices",
    "teams",
    "media",
    "collab",
    "audit",
]
MIDDLEWARE = [
    "prework.http.middleware.RequestContext",
    "prework.http.middleware.Cors",
    "prework.http.bounds.RefuseTooLarge",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "prework.urls"
ASGI_APPLICATION = "prework.asgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}}
]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_CHARSET = "utf-8"
# The staff site's forms. Its cookies are for it alone, and in production for HTTPS alone.
CSRF_FAILURE_VIEW = "prework.staffsite.csrf_failed"
CSRF_COOKIE_PATH = "/admin/"
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = IS_PRODUCTION
CSRF_TRUSTED_ORIGINS = [
    f"https://{'*' if host.startswith('.') else ''}{host}"
    for host in ALLOWED_HOSTS
    if IS_PRODUCTION
]
SILENCED_SYSTEM_CHECKS: list[str] = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if IS_PRODUCTION else 'console'}.EmailBackend",
)
EMAIL_HOST = env.str("EMAIL_HOST", "localhost")
EMAIL_PORT = env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 20)  # seconds that a mail server may take for a step
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "prework <no-reply@prework.test>")
PUBLIC_URL = env.str(
    "PREWORK_PUBLIC_URL",
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if IS_PRODUCTION and ALLOWED_HOSTS
    else f"http://127.0.0.1:{PREWORK_PORT}",
)

# -- across processes -----------------------------------------------------------------------
REDIS_URL = env.str("PREWORK_REDIS_URL", "")
CHANNEL_LAYERS: dict[str, Any] = {
    "default": (
        {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
    )
}

# -- HTTP -----------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["prework.http.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["prework.http.authentication.SignedIn"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "prework.http.negotiation.JsonAlways",
    "DEFAULT_SCHEMA_CLASS": "prework.http.schema.Schema",
    "EXCEPTION_HANDLER": "prework.http.problems.answer_problem",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "prework",
    "DESCRIPTION": "Checklists and submissions that crews fill in together, live.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],  # enums stay where they are used, under no made-up names
}
# Requests a minute. The address limit is generous: a site's crew shares one address.
RATE_LIMITS = {
    "user": env.str("PREWORK_RATE_USER", "3000/minute"),
    "organization": env.str("PREWORK_RATE_ORGANIZATION", "30000/minute"),
    "address": env.str("PREWORK_RATE_ADDRESS", "12000/minute"),
}

# -- the realtime engine: what one process takes; beyond it there are answers that say so ------
AT_LEAST_1 = validate.Range(min=1)
SOCKET_RATE = env.int("PREWORK_SOCKET_RATE", 1_000, validate=AT_LEAST_1)
SOCKET_BURST = env.int("PREWORK_SOCKET_BURST", 5_000, validate=AT_LEAST_1)
DOCUMENT_RATE = env.int("PREWORK_DOCUMENT_RATE", 20_000, validate=AT_LEAST_1)
DOCUMENT_BURST = env.int("PREWORK_DOCUMENT_BURST", 40_000, validate=AT_LEAST_1)
DOCUMENT_WAITING = env.int("PREWORK_DOCUMENT_WAITING", 20_000, validate=AT_LEAST_1)
DOCUMENT_WAITING_BYTES = env.int(
    "PREWORK_DOCUMENT_WAITING_BYTES", 32 * 1024**2, validate=validate.Range(min=1024**2)
)
SOCKETS_PER_USER = env.int("PREWORK_SOCKETS_PER_USER", 1_000, validate=AT_LEAST_1)
SOCKETS_PER_DOCUMENT = env.int("PREWORK_SOCKETS_PER_DOCUMENT", 2_000, validate=AT_LEAST_1)

# -- metrics: where they go, how often, and whether a mistake in one is an error ------------------
METRICS_SECONDS = env.int("PREWORK_METRICS_SECONDS", 60, validate=AT_LEAST_1)
DEVELOPMENT_SINK = "cloudwatch" if PREWORK_AWS == "embedded" and AWS_ENDPOINT_URL else "none"
METRICS_SINK: list[str] = env.list(
    "PREWORK_METRICS_SINK",
    ["emf" if IS_PRODUCTION else DEVELOPMENT_SINK],
    validate=validate.ContainsOnly(["emf", "cloudwatch", "memory", "none"]),
)
METRICS_STRICT = not IS_PRODUCTION

# -- jobs: beside the server that is begun here, or in processes of their own -----------------
RUN_JOBS = env.str(
    "PREWORK_JOBS",
    "inside" if PREWORK_AWS == "embedded" else "none",
    validate=validate.OneOf(["inside", "none"]),
)
# A process that dies at a job is followed by another when this long has passed.
JOBS_LEASE_SECONDS = env.float("PREWORK_JOBS_LEASE_SECONDS", 30.0, validate=validate.Range(min=1))

# -- the wiring: what a Change sets off, who knows a token, who guards an entity ---------------
CHANGE_RECORDERS = [
    "audit.services.add_entry",
    "prework.history.add_rows",
    "prework.http.idempotency.mark_claim",
]
# Told once of a whole Change, before it is written.
CHANGE_CLOSERS = ["prework.notices.add_row"]
CHANGE_FOLLOWERS = [
    "collab.hub.tell_watchers",
    "prework.meters.measure_event",
    "prework.activity.count_event",
]
# Who hears what a tally tells.
TALLY_FOLLOWERS = ["prework.activity.count_figures"]
# Which events and metrics are the platform's activity, and in which of its counters.
ACTIVITY = {
    "user.login.success": "sign_ins",
    "user.login.failed": "refused_sign_ins",
    "file.uploaded": "uploads",
    "OperationsCommitted": "operations",
    "RejectedStorageUnavailable": "failures",
}
PROCESS_LEVELS = "collab.hub.levels"
# What goes on by itself (docs/jobs.md).
JOBS = [
    "accounts.jobs.DELIVER_OUTBOX",
    "audit.jobs.REMOVE_EXPORTS",
    "audit.jobs.SEAL",
    "media.jobs.SWEEP_ORPHANS",
    "media.jobs.SCAN_UPLOADS",
    "media.jobs.SWEEP_UPLOADS",
    "teams.jobs.FINISH_BATCHES",
    "teams.jobs.MARK_OVERDUE",
    "teams.jobs.REMIND_DUE",
]
# What goes on beside a server, context managers; and what it does before it stops.
WHILE_SERVING = ["prework.metrics.sending", "prework.processes.telling"]
BEFORE_STOPPING = ["collab.hub.close_sockets"]
# What `manage.py doctor` looks at, from the outside in.
DOCTOR = [
    "prework.doctor.configuration.check_settings",
    "prework.doctor.outside.check_address",
    "prework.doctor.outside.check_pages",
    "prework.doctor.outside.check_sockets",
    "prework.doctor.cloud.check_credentials",
    "prework.doctor.cloud.check_parts",
    "prework.doctor.cloud.check_tables",
    "prework.doctor.buckets.check_bucket",
    "prework.doctor.buckets.check_archive",
    "prework.doctor.roundtrips.check_writing",
    "prework.doctor.roundtrips.check_uploading",
    "prework.doctor.services.check_redis",
    "prework.doctor.services.check_mail",
    "prework.doctor.services.check_scanner",
    "prework.doctor.work.check_servers",
    "prework.doctor.work.check_jobs",
]
# Written through the ledger, without an audit entry: nobody's action, or a document's own history.
UNAUDITED = [
    "audit.models.AuditDay",
    "audit.models.ActiveOrganization",
    "audit.models.SealCursor",
    "audit.models.SealHead",
    "accounts.models.AuthSession",
    "accounts.models.Counter",
    "accounts.models.StaffSession",
    "accounts.models.Ticket",
    "collab.models.Node",
    "collab.models.OperationBatch",
    "collab.models.Presence",
    "collab.models.State",
    "media.models.PendingUpload",
    "media.models.RenditionRow",
    "media.models.Quota",
    "teams.models.batches.AssignmentBatch",
    "teams.models.batches.AssignmentBatchPlan",
    "teams.models.batches.AssignmentBatchPointer",
    "teams.models.batches.AssignmentChunk",
    "teams.models.assignments.DueMark",
    "prework.activity.ActivityBucket",
    "prework.doctor.roundtrips.DoctorNote",
    "prework.outbox.rows.OutboxRow",
    "prework.processes.ServerProcess",
    "prework.scheduling.rows.JobRow",
    "prework.http.idempotency.Replay",
    "prework.http.idempotency.ReplayPart",
]
# Who sends what is in the outbox, by its kind.
OUTBOX = {
    "letter": "prework.outbox.letters.send",
    "notice": "notices.services.delivery.deliver",
    "push": "notices.services.delivery.push_one",
    "reset": "accounts.services.passwords.mail_reset",
}
# Which people an audience of a notice is, other than a user.
NOTICE_AUDIENCES = {
    "team": "teams.queries.recipients.member_ids",
    "team_deciders": "teams.queries.recipients.decider_ids",
}
ACTOR_LOADER = "accounts.services.actor_for_token"
ENTITY_DOORS = {
    "checklist": "collab.queries.access_document",
    "submission": "collab.queries.access_document",
    "team": "teams.queries.access_team_as_entity",
    "user": "accounts.queries.access_user_as_entity",
}

# The staff site: who holds a token of it, where they find an organisation, what it notes.
STAFF_LOADER = "accounts.services.staff_for_token"
STAFF_ORGANIZATIONS = [
    "accounts.admin.organizations.suggest",
    "accounts.admin.organizations.label",
]
# What else production must not start with, by whoever knows it.
SAFETY_CHECKS = ["audit.services.keys.unsafe_settings", "prework.cdn.unsafe_settings"]
STAFF_HISTORY = "audit.admin.history"
STAFF_ACTIONS = "audit.admin.recent_actions"
STAFF_VIEW = "audit.services.record_view"
STAFF_EXPORT = "audit.services.record_export"

# What `manage.py reconcile` compares, and where.
EVERY_ORGANIZATION = "accounts.queries.each_organization_id"
RECONCILERS = [
    "accounts.services.reconciling.ADMINS",
    "media.services.reconciling.QUOTAS",
    "teams.services.reconciling.TEAMS",
    "teams.services.reckoning.COUNTS",
    "teams.services.reckoning.OVERDUE",
]

# Pages of docs/ that an app writes: by `manage.py catalogue`, from the code that they are about.
CATALOGUE_PAGES = {"permissions.md": "teams.roles.page.page"}

ENTITY_BATCH_DOORS = {"checklist": "collab.queries.load_access"}

# -- accounts -------------------------------------------------------------------------------
OPEN_REGISTRATION = env.bool("PREWORK_OPEN_REGISTRATION", True)
DEMO_PASSWORD = env.str("PREWORK_DEMO_PASSWORD", "prework-demo-2026")
SESSION_IDLE_SECONDS = env.int("PREWORK_SESSION_IDLE_SECONDS", 12 * 3600)
SESSION_LIFETIME_SECONDS = env.int("PREWORK_SESSION_LIFETIME_SECONDS", 7 * 24 * 3600)
STAFF_SESSION_IDLE_SECONDS = env.int("PREWORK_STAFF_SESSION_IDLE_SECONDS", 30 * 60)
STAFF_SESSION_LIFETIME_SECONDS = env.int("PREWORK_STAFF_SESSION_LIFETIME_SECONDS", 8 * 3600)
STAFF_TOTP_REQUIRED = IS_PRODUCTION
# TOTP secrets at rest; a key of its own can be kept elsewhere than the rest.
TOTP_KEY = env.str("PREWORK_TOTP_KEY", SECRET_KEY)
LOGIN_FAILURES_ALLOWED = 5
LOGIN_FAILURE_WINDOW_SECONDS = 15 * 60
INVITATION_MAILS_ALLOWED = 5  # to one address in such a window, whoever invites it
INVITATION_MAILS_OF_ORGANIZATION = 500  # to whomever, in such a window
# argon2 takes about 100 MB a hash; more at once would only queue for the cores anyway.
HASHING_SLOTS = env.int("PREWORK_HASHING_SLOTS", 4)

# -- being told when one is not here -----------------------------------------------------------
# By this key push services know the server; in development there is one made from SECRET_KEY.
VAPID_PRIVATE_KEY = env.str("PREWORK_VAPID_PRIVATE_KEY", "")
VAPID_SUBJECT = env.str(
    "PREWORK_VAPID_SUBJECT", f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1] or 'root@localhost'}"
)
# The push services of browsers (Chrome, Firefox, Edge, Safari), and no other host is ever asked;
# one that begins with a dot stands for what ends with it.
PUSH_HOSTS: list[str] = env.list(
    "PREWORK_PUSH_HOSTS",
    [
        "fcm.googleapis.com",
        "jmt17.google.com",
        "updates.push.services.mozilla.com",
        ".notify.windows.com",
        ".push.apple.com",
    ],
)

# -- assignments ----------------------------------------------------------------------------
# So long before they are due their people are reminded of them.
DUE_SOON_HOURS = env.int("PREWORK_DUE_SOON_HOURS", 24, validate=validate.Range(min=0, max=744))

# -- the audit seal -------------------------------------------------------------------------
# Who signs: a key of Ed25519 (PEM, or 32 bytes in base64), or one that KMS keeps, by id or ARN.
AUDIT_SIGNING_KEY = env.str("PREWORK_AUDIT_SIGNING_KEY", "")
AUDIT_KMS_KEY = env.str("PREWORK_AUDIT_KMS_KEY", "")
# Public keys of before, whose seals are still good: files in PEM, or 32 bytes in base64 each.
AUDIT_PUBLIC_KEYS: list[str] = env.list("PREWORK_AUDIT_PUBLIC_KEYS", [])
# In compliance mode nobody at all can remove a digest before its time, nor shorten that.
AUDIT_LOCK_MODE = env.str(
    "PREWORK_AUDIT_LOCK_MODE",
    "COMPLIANCE" if IS_PRODUCTION else "GOVERNANCE",
    validate=validate.OneOf(["COMPLIANCE", "GOVERNANCE"]),
)
AUDIT_RETENTION_DAYS = env.int("PREWORK_AUDIT_RETENTION_DAYS", 365, validate=AT_LEAST_1)
AUDIT_WINDOW_SECONDS = 300  # a whole number of them makes a day
# An entry arrives within 30 s of its time, by clocks that differ by 5 s each: longer than both.
AUDIT_GRACE_SECONDS = 120
AUDIT_OVERDUE_SECONDS = 900  # what is not sealed by then is told as a problem

# A bundle that is left in the bucket: how long it stays, and the link to it is good.
EXPORT_DAYS = env.int("PREWORK_EXPORT_DAYS", 7, validate=AT_LEAST_1)
EXPORT_LINK_SECONDS = 24 * 3600

# -- media ----------------------------------------------------------------------------------
UPLOAD_URL_SECONDS = 3600
DOWNLOAD_URL_SECONDS = 900
# A slow PUT may end long after its URL expired; an upload not confirmed by then is swept.
PENDING_UPLOAD_SECONDS = 24 * 3600
# S3 itself ends an upload in parts after so many days: more than one may be pending.
ABORT_UNFINISHED_DAYS = 8
S3_PUT_BYTES, S3_OBJECT_BYTES = 5 * 1024**3, 5 * 1024**4  # S3 takes no more
MAX_UPLOAD_BYTES = env.int(
    "PREWORK_MAX_UPLOAD_BYTES", S3_PUT_BYTES, validate=validate.Range(min=1, max=S3_PUT_BYTES)
)
# What comes in parts may take days, from several places.
PENDING_MULTIPART_SECONDS = 7 * 24 * 3600
MAX_MULTIPART_BYTES = env.int(
    "PREWORK_MAX_MULTIPART_BYTES",
    S3_OBJECT_BYTES,
    validate=validate.Range(min=1, max=S3_OBJECT_BYTES),
)
# What all files of an organisation, and of one user, may hold together; 0 for any number of bytes.
NOT_NEGATIVE = validate.Range(min=0)
ORGANIZATION_QUOTA_BYTES = env.int(
    "PREWORK_ORGANIZATION_QUOTA_BYTES", 50 * 1024**4, validate=NOT_NEGATIVE
)
USER_QUOTA_BYTES = env.int("PREWORK_USER_QUOTA_BYTES", 10 * 1024**4, validate=NOT_NEGATIVE)
ALLOWED_MEDIA_TYPES = env.list(
    "PREWORK_ALLOWED_MEDIA_TYPES",
    [
        "image/*",
        "video/*",
        "audio/*",
        "text/plain",
        "text/csv",
        "application/pdf",
        "application/zip",
        "application/x-zip-compressed",  # as Windows calls it
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.*",
        "application/vnd.oasis.opendocument.*",
    ],
)
# Images are rendered by so many processes, of so many pixels and bytes at the most.
IMAGE_WORKERS = env.int("PREWORK_IMAGE_WORKERS", os.cpu_count() or 1, validate=AT_LEAST_1)
IMAGE_MAX_PIXELS = env.int("PREWORK_IMAGE_MAX_PIXELS", 100_000_000, validate=AT_LEAST_1)
IMAGE_MAX_BYTES = env.int("PREWORK_IMAGE_MAX_BYTES", 50 * 1024**2, validate=AT_LEAST_1)
# Who looks for malware in what was uploaded, before anybody can have it: clamd, by its socket.
SCANNER = env.str("PREWORK_SCANNER", "none", validate=validate.OneOf(["none", "clamd"]))
CLAMD_URL = env.str("PREWORK_CLAMD_URL", "unix:///run/clamav/clamd.ctl")
# No more than clamd's StreamMaxLength, MaxFileSize and MaxScanSize: what is larger it passes over.
SCAN_MAX_BYTES = env.int("PREWORK_SCAN_MAX_BYTES", 100 * 1024**2, validate=AT_LEAST_1)
CLAMD_TIMEOUT_SECONDS = 150  # more than the MaxScanTime of clamd, 120
QUARANTINE_DAYS = env.int("PREWORK_QUARANTINE_DAYS", 30, validate=AT_LEAST_1)
# A CDN before the images, and the key group's key that signs for it: all three, or none.
CDN_DOMAIN = env.str("PREWORK_CDN_DOMAIN", "")
ADMIN_IMAGE_SOURCES = [f"https://{CDN_DOMAIN}" if CDN_DOMAIN else PUBLIC_URL]
CDN_KEY_ID = env.str("PREWORK_CDN_KEY_ID", "")
CDN_PRIVATE_KEY = env.str("PREWORK_CDN_PRIVATE_KEY", "")
STORAGES = {
    "default": {"BACKEND": "prework.storage.ServerFiles"},
    # Of one name they are the same picture, so that one may replace another.
    "renditions": {"BACKEND": "prework.storage.ServerFiles", "OPTIONS": {"file_overwrite": True}},
    "exports": {"BACKEND": "prework.storage.ServerFiles", "OPTIONS": {"location": "exports"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

LOGGING_CONFIG = None
LOGGING = logging_config(as_json=IS_PRODUCTION, level=env.str("PREWORK_LOG_LEVEL", "INFO"))

if IS_PRODUCTION:
    SECURE_CONTENT_TYPE_NOSNIFF = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_REFERRER_POLICY = "same-origin"
