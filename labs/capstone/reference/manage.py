"""What is done to the service by hand or by a job: python manage.py migrate, backup FILE, restore FILE."""

import argparse
import sys
from pathlib import Path

import backup
import psycopg
import schema
from database import Connection, why
from psycopg import errors
from settings import Misconfigured, read_database_url


def migrate(db: Connection, args: argparse.Namespace) -> None:
    applied = 0
    for migration in schema.migrate(db):
        print(f"applied {migration.name}", flush=True)
        applied += 1
    print(f"the schema is at version {schema.version(db)}" + ("" if applied else ", nothing to do"))


def make_backup(db: Connection, args: argparse.Namespace) -> None:
    manifest = backup.backup(db, args.file)
    print(f"backed up {counted(manifest)} to {args.file}")


def restore(db: Connection, args: argparse.Namespace) -> None:
    manifest = backup.restore(db, args.file, replace=args.replace)
    print(f"restored {counted(manifest)} from {args.file}")


def counted(manifest: backup.Manifest) -> str:
    return ", ".join(f"{table.rows} {table.name}" for table in manifest.tables)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("migrate", help="bring the schema up to date")
    one.set_defaults(work=migrate)
    one = commands.add_parser("backup", help="write a snapshot of every table to FILE, while the service runs")
    one.add_argument("file", type=Path, metavar="FILE")
    one.set_defaults(work=make_backup)
    one = commands.add_parser("restore", help="load FILE into an empty database")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--replace", action="store_true", help="delete the rows that are there")
    one.set_defaults(work=restore)
    return parser.parse_args()


def main() -> int:
    """0, or 1 after one line that says what is wrong. A traceback would help nobody who reads the log of a job."""
    args = read_arguments()
    try:
        with psycopg.connect(read_database_url(), connect_timeout=10, autocommit=True) as db:
            args.work(db, args)
    except (Misconfigured, backup.Refused) as error:
        print(f"error: {error}", file=sys.stderr)
    except (errors.UndefinedTable, errors.UndefinedColumn):
        print("error: there is no schema yet; run python manage.py migrate", file=sys.stderr)
    except psycopg.Error as error:
        print(f"error: {why(error)}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'the file'}: {error.strerror or error}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
