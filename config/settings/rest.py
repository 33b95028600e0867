"""The API: Django REST Framework, tokens, OpenAPI."""

import datetime
from typing import Any

from config.settings.environment import env

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.BearerAuthentication",
        "apps.accounts.authentication.SessionCookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.rest.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.rest.parsing.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.core.rest.negotiation.StrictNegotiation",
    "DEFAULT_SCHEMA_CLASS": "apps.accounts.schema.EndpointSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "apps.core.rest.errors.handle_exception",
    "COERCE_DECIMAL_TO_STRING": False,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.MultiPartRenderer",
    ],
    # Addresses are believed only from as many proxies as stand before us.
    "NUM_PROXIES": env.int("BELLWETHER_PROXIES", default=0),
    "DEFAULT_THROTTLE_RATES": {
        "anonymous": env.str("BELLWETHER_RATE_ANONYMOUS", default="60/minute"),
        "user": env.str("BELLWETHER_RATE_USER", default="1200/minute"),
        "writes": env.str("BELLWETHER_RATE_WRITES", default="600/minute"),
        "sign_in_address": env.str("BELLWETHER_RATE_SIGN_IN_ADDRESS", default="30/minute"),
        "sign_in_account": env.str("BELLWETHER_RATE_SIGN_IN_ACCOUNT", default="100/minute"),
        "sign_in_pair": env.str("BELLWETHER_RATE_SIGN_IN_PAIR", default="10/minute"),
    },
}

SIMPLE_JWT: dict[str, Any] = {
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": datetime.timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": datetime.timedelta(days=14),
    "UPDATE_LAST_LOGIN": False,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Bellwether",
    "DESCRIPTION": "Orders, payments, refunds and contacts of your organization, and the figures drawn from them.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "apps.marketplace.models.OrderStatus",
        "PartnerStatus": "apps.marketplace.models.PartnerStatus",
        "PaymentStatus": "apps.marketplace.models.PaymentStatus",
        "InteractionStatus": "apps.engagement.models.InteractionStatus",
        "ProductKind": "apps.marketplace.models.ProductKind",
        "IssueKind": "apps.marketplace.models.IssueKind",
        "CostKind": "apps.marketplace.models.CostKind",
        "EntityKind": "apps.hierarchy.models.EntityKind",
        "ReportFormat": "apps.reports.models.choices.Format",
    },
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
