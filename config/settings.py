"""Deployment settings from the environment; the policy of a clinic lives in its database, constants in code."""

import os
from pathlib import Path

from config import addresses, env
from config.public_routes import PUBLIC_ROUTES  # noqa: F401 - core.access reads it as a setting
from config.state import SOCKETS, STATE, secret_key, vault_key

BASE_DIR = Path(__file__).resolve().parent.parent

# --- how and where it runs -------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
TESTING = env.flag("TESTING")  # set by tests/servers.py only
HTTPS = env.flag("HTTPS")  # a proxy in front speaks TLS and sets X-Forwarded-Proto
HOST = env.text("HOST", "127.0.0.1")
SECRET_KEY = env.secret("SECRET_KEY", "") or secret_key(STATE)
# Fernet keys of the passwords to outer services, the newest first; an older one still opens what it has closed.
VAULT_KEYS = (env.secret("VAULT_KEY", "") or vault_key(STATE)).split(",")
ANY_ADDRESS = {"0.0.0.0", "::", "*"}  # listening everywhere: the name by which we are called is not known
ALLOWED_HOSTS = [
    *env.words("ALLOWED_HOSTS", ["*"] if HOST in ANY_ADDRESS else [HOST]),
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# --- apps ------------------------------------------------------------------------------------------
# Lowest layer first: handlers of one event run in this order.
OUR_APPS = (
    "core", "clinic", "work", "ledger", "messaging", "documents", "catalog", "patients", "scheduling",
    "clinical", "billing", "fiscal", "insurance", "barter", "partners", "taxes", "inventory", "labs", "payroll", "crm",
    "stays", "reports", "integrations", "demo",
)  # fmt: skip
OUR_INSTALLED_APPS = [app for app in OUR_APPS if (BASE_DIR / app / "apps.py").exists()]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    # SimpleAppConfig on both: their automatic patches of the template loaders do not go together.
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    *OUR_INSTALLED_APPS,
]


MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.csp.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.middleware.Language",  # after the user is known: his language goes first
    "allauth.account.middleware.AccountMiddleware",
    "clinic.middleware.LastSeen",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.middleware.Audience",
    "clinic.middleware.FirstStart",
    "clinic.middleware.CurrentBranch",
    "clinic.middleware.ViewingAs",
    "core.middleware.Refusals",
    "core.access.AccessMiddleware",
]

# --- pages -----------------------------------------------------------------------------------------
_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
if not DEBUG:
    _LOADERS = [("django.template.loaders.cached.Loader", _LOADERS)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.shell",
            ],
            "loaders": [("template_partials.loader.Loader", _LOADERS)],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.ui",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("STATIC_DIR", str(STATE / "static")))
WHITENOISE_USE_FINDERS = DEBUG or TESTING
STATE_DIR = STATE
LAST_BACKUP = STATE / "last-backup.txt"  # config.backup writes down what it made and when
MEDIA_ROOT = Path(env.text("MEDIA_DIR", str(STATE / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "config.static.HashedStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- data ------------------------------------------------------------------------------------------
# Two accounts: the owner changes the schema (manage.py sets DATABASE_AS for it), all else is clinic_app.
DATABASE_APP_URL = env.secret("DATABASE_URL", addresses.local_database(SOCKETS, "clinic_app", "kabinet"))
_OWNER_HERE = None if env.given("DATABASE_URL") else addresses.local_database(SOCKETS, "clinic_owner", "kabinet")
AS_OWNER = env.choice("DATABASE_AS", "app", ("app", "owner")) == "owner"
DATABASES = {
    "default": {
        **addresses.database(env.secret("DATABASE_OWNER_URL", _OWNER_HERE) if AS_OWNER else DATABASE_APP_URL),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.flag("DATABASE_POOLER"),  # a transaction pooler forgets them
    }
}
if _REPLICA := env.secret("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = {**DATABASES["default"], **addresses.database(_REPLICA), "TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.secret("REDIS_URL", f"unix://{SOCKETS}/valkey?db=0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": addresses.redis(REDIS_URL, 2)}
}
LIVE_URL = addresses.redis(REDIS_URL, 3)

# --- background work -------------------------------------------------------------------------------
CELERY_BROKER_URL = addresses.broker(REDIS_URL, 0)
CELERY_RESULT_BACKEND = addresses.broker(REDIS_URL, 1)
CELERY_RESULT_EXPIRES = 3600
CELERY_TASK_ACKS_LATE = True  # a task of a killed worker comes back; each is safe to run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- people ----------------------------------------------------------------------------------------
if "clinic" in OUR_INSTALLED_APPS:
    AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = [
    "clinic.auth.Backend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:  # thousands of sign-ins in the suite; the strength of Argon2 is not ours to test
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "clinic.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff are entered by the clinic, not by themselves
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the other sessions end, this one goes on
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key", "reset_password": "20/m/ip,5/15m/key"}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Kabinet"
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = False  # the proxy does it; /healthz is asked without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- API -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "clinic.auth.Token",  # first: a nobody is then asked to sign in (401), not refused (403)
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.api_gate.HasRequirement"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,  # money is never a float, in JSON too
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kabinet",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["core.api.of_modules_on"],
    "POSTPROCESSING_HOOKS": [],  # the default names every set of choices, and guesses where two share a field's name
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- language and time -----------------------------------------------------------------------------
LANGUAGES = [("ru", "Русский"), ("en", "English"), ("ro", "Română")]
LANGUAGE_CODE = env.choice("CLINIC_LANGUAGE", "ru", ("ru", "en", "ro"))
LOCALE_PATHS = [path for app in (*OUR_APPS, "shell") if (path := BASE_DIR / "locale" / app).exists()]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("CLINIC_TIME_ZONE", "Europe/Moscow")

# --- mail and logs ---------------------------------------------------------------------------------
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if os.environ.get('EMAIL_HOST') else 'console'}.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_TLS")
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "kabinet@localhost")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
    "loggers": {"fontTools": {"level": "ERROR"}, "weasyprint": {"level": "ERROR"}},
}
