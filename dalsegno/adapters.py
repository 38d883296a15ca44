"""From settings to adapters: the one place that chooses among them. Each is imported only where it is used."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dalsegno.ports import JobRecords, MusicProvider, ObjectStore
from dalsegno.settings import Settings

if TYPE_CHECKING:
    from dalsegno.records.database import Database


def build_store(settings: Settings) -> ObjectStore:
    """The object store: a folder in the home."""
    from dalsegno.storage.local import FolderObjectStore  # noqa: PLC0415

    return FolderObjectStore(settings.objects_folder)


def build_database(settings: Settings) -> "Database":
    """The database, which all records share. It has to be closed."""
    from dalsegno.records.database import Database  # noqa: PLC0415
    from dalsegno.records.engine import create_engine  # noqa: PLC0415

    return Database(create_engine(settings.resolved_database_url))


def build_records(database: "Database") -> JobRecords:
    """The jobs' rows in the database."""
    from dalsegno.records.repository import SqlJobRecords  # noqa: PLC0415

    return SqlJobRecords(database)


def build_providers() -> Mapping[str, MusicProvider]:
    """The providers that work on this machine, by name."""
    from dalsegno.providers.builtin import BuiltinComposer  # noqa: PLC0415

    return {"builtin": BuiltinComposer()}
