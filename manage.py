"""Django's command line; commands that change the schema run as the owner of the database."""

import os
import sys

SCHEMA_COMMANDS = {"migrate", "sqlmigrate"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] in SCHEMA_COMMANDS:
        os.environ["DATABASE_AS"] = "owner"
    from django.core.management import execute_from_command_line

    from config.env import WrongSetting

    try:
        execute_from_command_line(sys.argv)
    except WrongSetting as error:
        sys.exit(str(error))
