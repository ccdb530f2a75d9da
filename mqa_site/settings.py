"""All settings, from the environment. `.env.example` lists them; docs/deploy.md explains them."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF

from mqa_site.broker import as_broker_url
from mqa_site.sign_on import openid_connect, origins

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
# Earlier keys still open sessions and links while a new one is brought in.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "mqa_site",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
    "csp",
    "pgtrigger",
    "pghistory",
    "accounts",
    "signals",
    "handoff",
    "reports",
]

MIDDLEWARE = [
    "mqa_site.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "signals.ingest.middleware.EventsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
]

ROOT_URLCONF = "mqa_site.urls"
WSGI_APPLICATION = "mqa_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mqa_site.context.desk",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A server that does not answer must not hold a page for minutes.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# `make test` migrates one database and has its test processes copy it.
DATABASES["default"]["TEST"] = {"TEMPLATE": env.str("TEST_DATABASE_TEMPLATE", default=None)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the database, not the broker: nothing that a page needs may depend on the broker.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "desk_cache"}}

REDIS_URL = env.str("REDIS_URL")
CELERY_BROKER_URL = as_broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A dead broker must not hold up a web request: PostgreSQL remembers, the poller finds it.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 1}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an admin made the user: the address is known
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignup"
# Sign-on with the company's own OpenID Connect provider: off unless the environment names one (docs/deploy.md). It opens
# the door for people whom an admin has added, and makes nobody.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="").rstrip("/")
SOCIALACCOUNT_ADAPTER = "accounts.adapter.KnownPeople"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = openid_connect(
    server_url=OIDC_SERVER_URL,
    name=env.str("OIDC_NAME", default="single sign-on"),
    client_id=env.str("OIDC_CLIENT_ID", default=""),
    secret=env.str("OIDC_CLIENT_SECRET", default=""),
    trust_addresses=env.bool("OIDC_TRUST_ADDRESSES", default=False),
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "en-us"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "mqa_site.chart_library.ChartLibraryFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Signing on is a form that leads to the provider, which browsers count as where the form goes.
        "form-action": [SELF, *origins(OIDC_SERVER_URL, *env.list("OIDC_FORM_ORIGINS", default=[]))],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}

# TLS is on unless this installation says that it serves plain HTTP (make run on this machine does).
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Log-in limits count per client address: how many proxies of our own stand in front and add to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
# So many requests of fresh touches may wait for scoring before senders of events are told to come later.
INGEST_BACKLOG_LIMIT = env.int("INGEST_BACKLOG_LIMIT", default=500_000)

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="MQA Desk <desk@localhost>")

# The address of this desk, for links in what leaves it ("https://desk.example.com"); without it there are none.
DESK_URL = env.str("DESK_URL", default="").rstrip("/")
# Webhooks to this machine and into networks: for development and tests alone.
WEBHOOKS_ALLOW_PRIVATE = env.bool("WEBHOOKS_ALLOW_PRIVATE", default=False)
# Requests to the API that one key or user may make in a minute.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.IsAllowed"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api_parsers.TextParser"],
    "DEFAULT_SCHEMA_CLASS": "mqa_site.api_described.Described",
    "DEFAULT_THROTTLE_CLASSES": ["mqa_site.throttles.PerMinute"],
    "EXCEPTION_HANDLER": "accounts.api_errors.handle",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MQA Desk API",
    "DESCRIPTION": "Accounts, their qualification, and the desk.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["accounts.permissions.IsAllowed"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "mqa_site.api.describe_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "GateName": "signals.models.evaluation.Gate",
        "IcpStatus": "signals.models.evaluation.Icp",
        "DealStage": "handoff.models.Opportunity.Stage",
        "HandoffState": "handoff.models.HandoffState",
        "RevenueKind": "handoff.models.RevenueEvent.Kind",
        "IntentKind": "signals.models.IntentSignal.Kind",
        "TechnologyStatus": "accounts.models.AccountTechnology.Status",
        "MemberStatus": "handoff.models.BuyingGroupMember.Status",
        "MemberDecision": "handoff.api_groups.DECIDED",
        "NoteKind": "handoff.models.Note.Kind",
        "UserRole": "handoff.api_team.ROLES",
        "BuyingRole": "handoff.models.buying_group.BuyingRole",
        "WebhookKind": "handoff.models.WebhookEndpoint.Kind",
        "EventType": "handoff.api_webhooks.EVENT_TYPES",
        "OutreachKind": "handoff.forms.OutreachForm.KINDS",
        "ImportStatus": "accounts.models.Import.Status",
        "CustomFieldKind": "accounts.models.CustomField.Kind",
        "EventField": "signals.models.catalogue.EventField",
        "ThemeRuleField": "signals.models.ThemeRule.Field",
        "TrafficField": "signals.models.TrafficRule.Field",
        "TrafficKind": "signals.models.TrafficRule.Kind",
        "WaitingKind": "signals.models.IgnoredOrigin.Kind",
        "ModelStatus": "signals.models.ScoringModel.Status",
        "ModelTier": ["high", "mid", "low"],
    },
}

# json for collectors (the default of a deployment), line for people.
LOG_FORMAT = env.str("LOG_FORMAT", default="line" if DEBUG else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "mqa_site.log.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own handlers print in DEBUG alone and mail to nobody: all goes one way.
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
