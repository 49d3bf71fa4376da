"""`make schema`: write docs/openapi.yaml, by which a review sees what a change means to other programs."""

import os
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

COPY = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"


def document() -> dict[str, Any]:
    """The whole API in English. Made without a database: every module counts as on."""
    from django.utils import translation
    from drf_spectacular.generators import SchemaGenerator

    with warnings.catch_warnings(), mock.patch("core.policies.raw", return_value={}), translation.override("en"):
        warnings.simplefilter("ignore")
        return SchemaGenerator(api_version="1").get_schema(request=None, public=True)


def text() -> str:
    from drf_spectacular.renderers import OpenApiYamlRenderer

    return OpenApiYamlRenderer().render(document(), renderer_context={}).decode()


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(f"{COPY.name}: {COPY.write_text(text(), 'utf8'):,} characters")
