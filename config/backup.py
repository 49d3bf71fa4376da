"""`make backup` and `make restore`: the whole clinic in one file, and back into an empty folder.

The file is a tar of checksums.json, database.dump (pg_dump, custom format) and media/. The checksums are read in the
same snapshot as the dump, so that a restore can prove that every table has the same rows.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import psycopg2

from config import addresses, database, embedded, env
from config.setup_db import connect
from config.state import ROOT, SOCKETS, STATE, held

MEDIA = Path(env.text("MEDIA_DIR", str(STATE / "media")))
RESTORING = "kabinet_restoring"
# The sum does not depend on the order of rows; text is the same whatever the session's zone, after these settings.
CHECKSUM = "select count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text from {} t"
PLAIN_TEXT = (
    "set timezone = 'UTC'",
    "set datestyle = 'ISO'",
    "set intervalstyle = 'postgres'",
    "set row_security = off",
)


def main() -> None:
    """backup [FILE] or restore FILE."""
    verb, file = sys.argv[1], " ".join(sys.argv[2:]).strip()
    if verb == "backup":
        target = Path(file) if file else ROOT / "backups" / time.strftime("kabinet-%Y%m%d-%H%M%S.tar")
        backup(target)
    elif not file:
        sys.exit("Say which file: make restore FROM=backups/kabinet-....tar")
    else:
        restore(Path(file))


def backup(target: Path) -> None:
    """Works beside a running clinic as well as on a stopped one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.touch(mode=0o600)
    with server() as where, tempfile.TemporaryDirectory(dir=target.parent) as folder:
        source = connect(where)
        with source.cursor() as cursor:
            cursor.execute("begin transaction isolation level repeatable read read only")
            cursor.execute("select pg_export_snapshot()")
            dump = Path(folder) / "database.dump"
            run("pg_dump", where, "-Fc", f"--snapshot={cursor.fetchone()[0]}", "-f", str(dump))
            sums = checksums(cursor)
        source.close()
        (Path(folder) / "checksums.json").write_text(json.dumps(sums, indent=1), "utf8")
        with tarfile.open(part, "w") as tar:
            tar.add(Path(folder) / "checksums.json", "checksums.json")
            tar.add(dump, "database.dump")
            if MEDIA.exists():
                tar.add(MEDIA, "media")
    part.rename(target)
    print(f"{target}: {len(sums)} tables, {sum(rows for rows, _ in sums.values())} rows")


def restore(source: Path) -> None:
    """Into a new database that gets its name only when every checksum is equal."""
    if not source.exists():
        sys.exit(f"There is no file {source}.")
    if MEDIA.exists() and any(MEDIA.iterdir()):
        sys.exit(f"{MEDIA} is not empty. Restore into an empty folder, so that nothing is overwritten.")
    with server() as where, tempfile.TemporaryDirectory(dir=STATE) as folder, tarfile.open(source) as tar:
        tar.extractall(folder, members=plain_members(tar))
        admin = connect({**where, "NAME": "postgres"})
        refuse_if_filled(admin, where)
        database.database_drop(admin, RESTORING)
        database.roles_prepare(admin)
        database.database_create(admin, RESTORING)
        there = {**where, "NAME": RESTORING}
        run("pg_restore", there, "--exit-on-error", "--jobs=2", str(Path(folder) / "database.dump"))
        compare(there, json.loads((Path(folder) / "checksums.json").read_text("utf8")))
        database.database_drop(admin, where["NAME"])
        with admin.cursor() as cursor:
            cursor.execute(f'alter database {RESTORING} rename to "{where["NAME"]}"')
        admin.close()
        if (Path(folder) / "media").exists():
            shutil.rmtree(MEDIA, ignore_errors=True)
            shutil.move(Path(folder) / "media", MEDIA)
    print(f"{source} is restored; every table has the rows that it had.")


def plain_members(tar: tarfile.TarFile):
    """Files and folders inside; Python 3.11 has filter="data" only from 3.11.4, and Debian's is older."""
    for member in tar:
        path = Path(member.name)
        if not (member.isfile() or member.isdir()) or path.is_absolute() or ".." in path.parts:
            sys.exit(f"{member.name} does not belong in a backup. Nothing was restored.")
        yield member


def refuse_if_filled(admin, where: dict) -> None:
    """An installation with a user in it is not an empty folder."""
    with admin.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", [where["NAME"]])
        if not cursor.fetchone():
            return
    inside = connect(where)
    with inside.cursor() as cursor:
        cursor.execute("select to_regclass('public.clinic_user')")
        if cursor.fetchone()[0]:
            cursor.execute("select exists(select from clinic_user)")
            if cursor.fetchone()[0]:
                sys.exit(
                    "There is a clinic here already. Restore into an empty folder, so that nothing is overwritten."
                )
    inside.close()


def checksums(cursor) -> dict[str, list]:
    """{table: [rows, sum]} of every table of ours."""
    for line in PLAIN_TEXT:
        cursor.execute(line)
    cursor.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
    found = {}
    for (table,) in cursor.fetchall():
        cursor.execute(CHECKSUM.format(f'public."{table}"'))
        found[table] = list(cursor.fetchone())
    return found


def compare(where: dict, wanted: dict[str, list]) -> None:
    """Stop before the restored database takes its place."""
    copy = connect(where)
    with copy.cursor() as cursor:
        found = checksums(cursor)
    copy.close()
    wrong = [table for table in sorted({*wanted, *found}) if wanted.get(table) != found.get(table)]
    if wrong:
        sys.exit(f"These tables came back different, so nothing was put in place: {', '.join(wrong)}")


@contextlib.contextmanager
def server():
    """The settings of the server's administrator; our own server is started for the moment if it does not run."""
    if env.given("DATABASE_URL"):
        name = addresses.database(env.secret("DATABASE_URL"))["NAME"]
        yield {**addresses.database(env.secret("DATABASE_ADMIN_URL"), "DATABASE_ADMIN_URL"), "NAME": name}
        return
    where = addresses.database(addresses.local_database(SOCKETS, embedded.SUPERUSER, embedded.DATABASE))
    with open(STATE / "lock", "a+") as lock:
        if not held(lock):
            yield where  # `make run` holds the lock, and its server serves us too
            return
        embedded.stop_leftovers()
        process = subprocess.Popen(
            embedded.pg_command(), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=embedded.die_with_parent, process_group=0, **embedded.ACCOUNT,
        )  # fmt: skip
        try:
            embedded.connect(process=process).close()
            yield where
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def run(program: str, where: dict, *words: str) -> None:
    """pg_dump and pg_restore of our own wheel, which are as new as any server that we support."""
    connection = {
        "PGHOST": where["HOST"],
        "PGPORT": where["PORT"],
        "PGUSER": where["USER"],
        "PGPASSWORD": where["PASSWORD"],
    }
    given = {key: value for key, value in connection.items() if value}
    command = [embedded.pg_programs() / program, "-d", where["NAME"], *words]
    if subprocess.run(command, env={**os.environ, **given}).returncode:
        sys.exit(f"{program} failed; see above.")


if __name__ == "__main__":
    try:
        main()
    except env.WrongSetting as error:
        sys.exit(str(error))
    except psycopg2.OperationalError as error:
        sys.exit(f"The database does not let us in: {str(error).strip()}")
