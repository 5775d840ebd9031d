"""Encrypts a PDF with AES-256 under a password from a file."""

from __future__ import annotations

import contextlib
import io
import secrets
from pathlib import Path

from cds.core.errors import InputError
from cds.report.pdf_fault import need_pikepdf

SHORTEST, LONGEST = 12, 127  # characters; a file can be tried offline for years; the format holds 127


def read_password(file: Path | None) -> str:
    """The first line of a password file; "" where no file is named.

    Raises:
        InputError: it cannot be read, is empty, or holds other than printable ASCII characters, which PDF readers
            take in different ways.
    """
    if file is None:
        return ""
    try:
        password = file.read_bytes().split(b"\n")[0].rstrip(b"\r").decode("latin-1")
    except OSError as fault:
        raise InputError(f"{file}: the password file cannot be read: {fault.strerror}") from None
    if not password:
        raise InputError(f"{file}: the first line of the password file is empty")
    if not (password.isascii() and password.isprintable()):
        raise InputError(f"{file}: a password may hold printable ASCII characters only")
    return password


def refuse_weak(password: str) -> None:
    """Refuse a password of a length that is too easily guessed or that a PDF cannot hold.

    Raises:
        InputError: it is shorter than 12 characters or longer than 127.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"the password has {len(password)} characters; {SHORTEST} to {LONGEST} are needed",
            do="Take several random words: whoever has the file can try passwords without limit",
        )


def encrypted(pdf: bytes, password: str) -> bytes:
    """The PDF under AES-256 (revision 6), metadata included; every permission stays on, for screen readers too.

    The key is random, so that no two calls give the same bytes. The owner's password is random and thrown away.
    Source: ISO 32000-2, 7.6.4.
    """
    pikepdf = need_pikepdf()
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        allow = pikepdf.Permissions(accessibility=True)
        lock = pikepdf.Encryption(user=password, owner=secrets.token_hex(32), R=6, aes=True, metadata=True, allow=allow)
        document.save(target, encryption=lock)
    return target.getvalue()


def opens(file: Path, password: str) -> bool:
    """Whether a file is a PDF that is encrypted and opens with this password."""
    pikepdf = need_pikepdf()
    try:
        pikepdf.open(file).close()
    except pikepdf.PasswordError:
        with (
            contextlib.suppress(OSError, pikepdf.PdfError, pikepdf.PasswordError),
            pikepdf.open(file, password=password),
        ):
            return True
    except (OSError, pikepdf.PdfError):
        return False
    return False  # whoever has it can read it
