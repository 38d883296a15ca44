"""Files that users name."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dalsegno.errors import InvalidRequest

# More than the largest request or transcript that is taken; a device that never ends is not read to its end.
MAX_INPUT_BYTES = 128 * 1024 * 1024


def read_input(name: str) -> bytes:
    """The content of a file, or of stdin where the name is `-`.

    Raises:
        InvalidRequest: there is no such file, it can't be read, or it is larger than 128 MiB.
    """
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_INPUT_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidRequest(f"{name} can't be read: {reason}. Check the path.") from None
    if len(data) > MAX_INPUT_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_INPUT_BYTES // 1024**2} MiB.")
    return data


@contextmanager
def filled(target: Path, *, last: str) -> Iterator[Path]:
    """A folder to write into, whose files come into `target` when all is done, and are gone if it is not.

    A folder that is there keeps its other files; files of the same names are replaced.

    Args:
        target: the folder; it and those above it are made as needed.
        last: the file that is moved last, relative to the folder: where it is, the rest is there.

    Raises:
        InvalidRequest: `target` can't be written to.
    """
    try:
        made = not target.exists()
        target.mkdir(parents=True, exist_ok=True)
        # On the same file system, so that moving is renaming.
        draft = Path(tempfile.mkdtemp(prefix=".dalsegno-", dir=target))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unwritable(target, error) from None
    try:
        yield draft
        try:
            _move(draft, target, last=Path(last))
        except OSError as error:
            raise _unwritable(target, error) from None
        made = False
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if made:
            with suppress(OSError):  # some files have been moved into it
                target.rmdir()


def _move(draft: Path, target: Path, *, last: Path) -> None:
    (target / last).unlink(missing_ok=True)
    names = [path.relative_to(draft) for path in sorted(draft.rglob("*")) if path.is_file()]
    for name in sorted(names, key=lambda name: name == last):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).replace(target / name)


def _unwritable(target: Path, error: OSError | ValueError) -> InvalidRequest:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InvalidRequest(f"{target} can't be written to: {reason}. Choose another folder.")
