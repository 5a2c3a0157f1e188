"""One settings file, read from the environment and `DATA_DIR/.env`; a wrong value stops the start.

Every variable is listed with its default in `deploy/env.example`.
"""

from __future__ import annotations

import mimetypes
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from erp.keys import kept_secret
from erp.logs import logging_config
from erp.statics import add_headers

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "data"))).resolve()


#: Services for which Apprise may be used unless the operator says otherwise: hosted ones, none that
#: calls any address it is given.
APPRISE_USUAL = ["feishu", "lark", "schan", "pushplus", "tgram", "slack"]


def _stop(name: str, why: str) -> SystemExit:
    return SystemExit(f"settings: {name}: {why}")


def _clamd(address: str) -> bool:
    """Whether this is where a virus scanner could listen."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme == "unix":
        return not parts.netloc and len(parts.path) > 1
    return parts.scheme == "tcp" and bool(parts.hostname and port)


def _flag(name: str, default: bool) -> bool:
    word = env.str(name, "").strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    if word:
        raise _stop(name, f"{word!r} is neither 1 nor 0")
    return default


#: Where the site is unless APP_BASE_URL says otherwise; `serve --port` moves it.
LOCAL_ADDRESS = "http://127.0.0.1:8000"

try:
    for folder in (DATA_DIR, DATA_DIR / "media", DATA_DIR / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    env.read_env(DATA_DIR / ".env") if (DATA_DIR / ".env").is_file() else None
    DEBUG = _flag("DEBUG", False)
    SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(DATA_DIR / "secret_key")
    SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
    AUDIT_KEY = kept_secret(DATA_DIR / "audit_key").encode()
    CHANNEL_KEY = kept_secret(DATA_DIR / "channel_key").encode()
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
    APP_BASE_URL = env.str("APP_BASE_URL", LOCAL_ADDRESS).rstrip("/")
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[APP_BASE_URL])
    TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.1/32", "::1/128"])
    DATABASE = env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'erp.sqlite3'}")
    REDIS_URL = env.str("REDIS_URL", "")
    CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or REDIS_URL or "memory://localhost/"
    MEDIA_STORAGE_URL = env.str("MEDIA_STORAGE_URL", "file://")
    MAX_UPLOAD_MB = env.int("MAX_UPLOAD_MB", 200)
    LANGUAGE_CODE = env.str("LANGUAGE_CODE", "zh-hans")
    TIME_ZONE = env.str("TIME_ZONE", "Asia/Shanghai")
    LOG_FORMAT = env.str("LOG_FORMAT", "text")
    LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
    SOFFICE = env.str("SOFFICE", "soffice")
    PREVIEW_UNSAFE = _flag("PREVIEW_UNSAFE", False)
    CLAMD = env.str("CLAMD", "")
    APPRISE_SCHEMES = env.list("APPRISE_SCHEMES", default=APPRISE_USUAL)
except (ImproperlyConfigured, ValueError, OSError) as wrong:
    raise SystemExit(f"settings: {wrong}") from None

try:
    EMAIL = env.email_url("EMAIL_URL", default="consolemail://")
except (ImproperlyConfigured, ValueError) as wrong:
    raise _stop("EMAIL_URL", str(wrong)) from None

if MAX_UPLOAD_MB < 1:
    raise _stop("MAX_UPLOAD_MB", f"{MAX_UPLOAD_MB} is no size: megabytes, 1 or more")
if CLAMD and not _clamd(CLAMD):
    raise _stop("CLAMD", f"{CLAMD!r} is neither tcp://host:port nor unix:///path")
if len(SECRET_KEY) < 50:
    raise _stop("SECRET_KEY", "needs at least 50 characters")
if not ALLOWED_HOSTS:
    raise _stop("ALLOWED_HOSTS", "names no host")
if LANGUAGE_CODE not in ("zh-hans", "en"):
    raise _stop("LANGUAGE_CODE", f"{LANGUAGE_CODE!r} is neither zh-hans nor en")
if LOG_FORMAT not in ("text", "json"):
    raise _stop("LOG_FORMAT", f"{LOG_FORMAT!r} is neither text nor json")
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR"):
    raise _stop("LOG_LEVEL", f"{LOG_LEVEL!r} is no level")
if urlsplit(APP_BASE_URL).scheme not in ("http", "https"):
    raise _stop("APP_BASE_URL", f"{APP_BASE_URL!r} is no http(s) address")
if urlsplit(CELERY_BROKER_URL).scheme not in ("memory", "redis", "rediss"):
    raise _stop("CELERY_BROKER_URL", "must be empty, redis:// or rediss://")
try:
    ZoneInfo(TIME_ZONE)
    [ip_network(net) for net in TRUSTED_PROXIES]
except (ZoneInfoNotFoundError, ValueError) as wrong:
    raise SystemExit(f"settings: TIME_ZONE or TRUSTED_PROXIES: {wrong}") from None

ROOT_URLCONF = "erp.urls"
WSGI_APPLICATION = "erp.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

APPS = [
    "erp",
    "orgchart",
    "notifications",
    "contracts",
    "documents",
    "production",
    "procurement",
    "acceptance",
    "feedback",
]
INSTALLED_APPS = [
    "auditlog",  # before ours: its admin registers the log entry, ours replaces it
    *APPS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "guardian",
    "simple_history",
    "csp",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
]
MIDDLEWARE = [
    "erp.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "erp.shell.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "erp.receiving.ReceivingMiddleware",  # before the first who reads a body
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "erp.htmx.DoorMiddleware",
    "erp.audit.context.ContextMiddleware",
    "erp.memory.MemoryMiddleware",
    "erp.shell.PrivateMiddleware",
]
_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                ("template_partials.loader.Loader", [("django.template.loaders.cached.Loader", _LOADERS)])
            ],
            "builtins": ["template_partials.templatetags.partials"],  # built into Django 6
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "erp.shell.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- people ---
AUTH_USER_MODEL = "orgchart.User"
AUTHENTICATION_BACKENDS = [
    "orgchart.backends.SignInBackend",
    "guardian.backends.ObjectPermissionBackend",
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "name", "email")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

# --- data ---
DATABASES = {"default": DATABASE}
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE.setdefault("CONN_MAX_AGE", 600)  # opening the file and its pragmas cost a quarter of a page
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
elif DATABASE["ENGINE"] in ("mssql", "sql_server.pyodbc"):
    DATABASE["ENGINE"] = "mssql"
    DATABASE["OPTIONS"] = {"python_driver": "mssql_python", **DATABASE.get("OPTIONS", {})}
elif DATABASE["ENGINE"].endswith("postgresql"):
    DATABASE.setdefault("CONN_MAX_AGE", 60)
    DATABASE["CONN_HEALTH_CHECKS"] = True
else:
    raise _stop("DATABASE_URL", "must be sqlite, postgres or mssql")
MEDIA_ROOT = DATA_DIR / "media"
STORAGES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if MEDIA_STORAGE_URL.startswith(("s3://", "s3+http://")):
    _s3 = urlsplit(MEDIA_STORAGE_URL)
    _scheme = "http" if _s3.scheme == "s3+http" else "https"
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _s3.path.strip("/"),
            "endpoint_url": f"{_scheme}://{_s3.hostname}" + (f":{_s3.port}" if _s3.port else ""),
            "access_key": unquote(_s3.username or ""),
            "secret_key": unquote(_s3.password or ""),
        },
    }
elif not MEDIA_STORAGE_URL.startswith("file://"):
    raise _stop("MEDIA_STORAGE_URL", "must be file://, s3://key:secret@host/bucket or s3+http://…")
elif MEDIA_STORAGE_URL != "file://":
    MEDIA_ROOT = Path(urlsplit(MEDIA_STORAGE_URL).path)
    STORAGES["default"]["OPTIONS"] = {"location": MEDIA_ROOT}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains and
    "security.W021",  # for browsers' preload lists: the owner of the domain decides
    "security.W008",  # the proxy redirects; behind it everything is plain http
]

# --- background work: rows first, the broker is a doorbell ---
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
# A worker takes both queues unless told otherwise; documents being converted must not hold up the rest.
CELERY_TASK_QUEUES: dict[str, Any] = {"celery": {}, "previews": {}}
CELERY_TASK_ROUTES = {"documents.convert_preview": {"queue": "previews"}}
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL.startswith("redis"):
    # a page does not wait for a broker that is down: the sweep finds what the doorbell would have told
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
    }
EMBEDDED_WORKER = CELERY_BROKER_URL.startswith("memory://")

# --- mail ---
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL.get("EMAIL_HOST", ""), EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_TLS", False), EMAIL.get("EMAIL_USE_SSL", False)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "erp@localhost")

# --- languages, dates ---
USE_I18N = True
USE_TZ = True
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS: list[Path] = []
FORMAT_MODULE_PATH = ["erp.formats"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- static files ---
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers
mimetypes.add_type("application/wasm", ".wasm")
mimetypes.add_type("text/javascript", ".mjs")
mimetypes.add_type("text/javascript", ".js")

# --- safety ---
SECURE = APP_BASE_URL.startswith("https://")
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "erp.views.csrf_failure"
LANGUAGE_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = False  # the proxy in front redirects; behind it everything is plain http
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],  # both Gantts position their bars by attribute
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SIMPLE_HISTORY_REVERT_DISABLED = True
AUDITLOG_LOGENTRY_MODEL = "erp.LogEntry"

LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL, quiet="pytest" in sys.modules)
