"""`make matrix`: write tests/access_matrix.txt anew from the running program's routes."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests import access  # noqa: E402 - models stand only now

if __name__ == "__main__":
    access.write()
    print(f"{access.MATRIX.name}: {len(access.written())} lines")
