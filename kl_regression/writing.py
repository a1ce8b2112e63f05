"""Files written whole or not at all."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, which becomes the file when the block has ended.

    Readers see the old file or the new. Whatever interrupts the block, Ctrl-C included, removes the
    temporary file; what cannot be caught leaves it behind, under a name that is not the file's.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder: give a file's name", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "is no folder: make it first", str(path.parent))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("r+b") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it."""
    with whole(path) as temporary:
        temporary.write_bytes(content)
