"""Who may ask: names with their passwords, told by HTTP Basic."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import InputError


def parsed(entries: Iterable[str]) -> dict[str, str]:
    """Accounts from name:password entries; empty ones are left out. Raises InputError for what is neither."""
    found: dict[str, str] = {}
    for entry in filter(None, (each.strip() for each in entries)):
        name, colon, password = entry.partition(":")
        if not name or not colon or not password:
            raise InputError("An account is written name:password; one of them is not.")
        found[name] = password
    return found


def read(path: Path) -> dict[str, str]:
    """The accounts in a file, one in a line. Raises InputError."""
    try:
        found = parsed(path.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read ({reason}); write name:password into it, a line for each.") from error
    if not found:
        raise InputError(f"{path} holds no account; write name:password into it, a line for each.")
    return found


def admitted(header: str, accounts: Mapping[str, str]) -> bool:
    """Whether an Authorization header names one of the accounts; how long it takes does not tell how near it came."""
    kind, _, code = header.partition(" ")
    try:
        given = base64.b64decode(code.strip(), validate=True) if kind.lower() == "basic" else b""
    except ValueError:
        given = b""
    known = [f"{name}:{password}".encode() for name, password in accounts.items()]
    return sum(secrets.compare_digest(given, each) for each in known) > 0
