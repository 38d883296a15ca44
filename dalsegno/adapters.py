"""From settings to adapters: the one place that chooses among them. Each is imported only where it is used."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dalsegno.errors import SettingsError
from dalsegno.ports import (
    Catalog,
    ClipSource,
    JobRecords,
    Ledger,
    MusicProvider,
    ObjectStore,
    SongRecogniser,
    TaskProvider,
)
from dalsegno.settings import Settings, aws_variables

if TYPE_CHECKING:
    from dalsegno.records.database import Database


def build_store(settings: Settings) -> ObjectStore:
    """The object store: the bucket that is set, else a folder in the home.

    Raises:
        SettingsError: half of a pair of credentials is missing.
    """
    if settings.s3_bucket:
        from dalsegno.storage.s3 import S3ObjectStore  # noqa: PLC0415

        return S3ObjectStore(
            settings.s3_bucket,
            endpoint_url=settings.resolved_s3_endpoint_url,
            region=settings.s3_region,
            variables=aws_variables(),
        )
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


def build_ledger(database: "Database") -> Ledger:
    """The ledger of paid generations in the database."""
    from dalsegno.records.ledger import SqlLedger  # noqa: PLC0415

    return SqlLedger(database)


def build_clips(settings: Settings) -> ClipSource:
    """What takes clips of reference songs.

    Raises:
        SettingsError: the file of cookies can't be read, or is none.
    """
    from dalsegno.reference.clips import Clips  # noqa: PLC0415
    from dalsegno.reference.cookies import check_cookies  # noqa: PLC0415

    if settings.ytdlp_cookies:
        check_cookies(settings.ytdlp_cookies)
    proxy = settings.ytdlp_proxy.get_secret_value() if settings.ytdlp_proxy else None
    return Clips(proxy=proxy, cookies=settings.ytdlp_cookies)


def build_catalog(database: "Database") -> Catalog:
    """The catalogue in the database."""
    from dalsegno.records.catalog import SqlCatalog  # noqa: PLC0415

    return SqlCatalog(database)


def build_recognisers(settings: Settings, catalog: Catalog) -> list[SongRecogniser]:
    """Who is asked for the name of a song, in order: the catalogue, then AudD, if there is a token for it.

    Raises:
        SettingsError: AudD's token or address can't be one.
    """
    from dalsegno.reference.recognition.catalogue import CatalogRecogniser  # noqa: PLC0415

    recognisers: list[SongRecogniser] = [CatalogRecogniser(catalog)]
    if settings.audd_api_token:
        from dalsegno.reference.recognition.audd import Audd  # noqa: PLC0415

        token = settings.audd_api_token.get_secret_value()
        recognisers.append(Audd(api_token=token, base_url=settings.audd_base_url))
    return recognisers


def build_providers() -> Mapping[str, MusicProvider]:
    """The providers that render on this machine, by name."""
    from dalsegno.providers.builtin import BuiltinComposer  # noqa: PLC0415

    return {"builtin": BuiltinComposer()}


def build_task_providers(settings: Settings) -> Mapping[str, TaskProvider]:
    """The providers of paid tasks that there is a key for, by name. They have to be closed.

    Raises:
        SettingsError: the provider that jobs go to by default has no key.
    """
    if settings.mureka_api_key is None:
        if settings.provider == "mureka":
            raise SettingsError("DALSEGNO_PROVIDER is mureka, but DALSEGNO_MUREKA_API_KEY is not set.")
        return {}
    from dalsegno.providers.mureka import Mureka  # noqa: PLC0415

    return {
        "mureka": Mureka(
            api_key=settings.mureka_api_key.get_secret_value(),
            base_url=settings.mureka_base_url,
            model=settings.mureka_model,
            concurrency=settings.mureka_concurrency,
            poll_seconds=settings.mureka_poll_seconds,
        )
    }
