"""Files out: whole or not at all, and never in the place of somebody else's."""

import os
from pathlib import Path

from kl_regression.audit.document import PROGRAM
from kl_regression.errors import InputError
from kl_regression.writing import write_whole


def folder_for(out: Path) -> Path:
    """Return the folder to write to, made if there is none, before any work is done.

    Raises:
        InputError: when it cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            "--out", f"{out} cannot be made ({error.strerror})", "Use another folder"
        ) from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise InputError("--out", f"{out} cannot be written to", "Use another folder")
    return out


def may_replace(path: Path) -> None:
    """Raise an InputError unless there is no such file, or an audit wrote it.

    Raises:
        InputError: for a file of another origin, which stays as it is.
    """
    if not path.exists():
        return
    if not path.is_file() or PROGRAM.encode() not in path.read_bytes()[:4096]:
        raise InputError(
            "--out", f"{path} is there and no audit wrote it", "Use another folder, or move it"
        )


def write(path: Path, content: bytes) -> None:
    """Write a report under a temporary name and rename it.

    Raises:
        InputError: when the disk refuses; nothing is left half-written.
    """
    may_replace(path)
    try:
        write_whole(path, content)
    except OSError as error:
        raise InputError(
            "--out", f"{path} cannot be written ({error.strerror})", "Use another folder"
        ) from error


def write_new(path: Path, content: bytes) -> None:
    """Write a file where there is none; one with the same bytes may stay.

    Raises:
        InputError: where there is another file, which stays as it is.
    """
    if path.exists() and not (path.is_file() and path.read_bytes() == content):
        raise InputError("--out", f"{path} is there and is another file", "Use another folder")
    if not path.exists():
        write_whole(path, content)
