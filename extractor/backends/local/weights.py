"""From what stands after `local/` to a file: a path, or a model on Hugging Face that is downloaded once."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import UsageError

_HUB = "hf:"
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1 << 22
_PACKAGE = "pip install 'conflict-event-extractor[local]'"


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file on Hugging Face; `revision` None is the newest."""

    repo: str
    name: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{_HUB}{self.repo}{f'@{self.revision}' if self.revision else ''}/{self.name}"


def find_weights(model: str, *, offline: bool = False) -> Path:
    """The GGUF file that `PATH.gguf` or `hf:OWNER/REPO[@REVISION]/FILE.gguf` names, downloaded if need be.

    Args:
        model: one of the two.
        offline: nothing is asked for that is not on this machine.

    Raises:
        UsageError: the name is not usable, or the file cannot be had; the message says what to do.
    """
    if not model.startswith(_HUB):
        return Path(model).expanduser()
    first, *others = [_from_hub(file, offline=offline) for file in _parts(parse_hub_file(model))]
    del others  # llama.cpp finds the other parts beside the first
    return first


def parse_hub_file(model: str) -> HubFile:
    """`hf:OWNER/REPO[@REVISION]/FILE.gguf`, where the file may stand in folders.

    Raises:
        UsageError: it is written in another way.
    """
    matched = re.fullmatch(r"hf:(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w.-]+))?/(?P<name>[^@]+\.gguf)", model)
    if matched is None:
        raise UsageError(f"{model!r} names no model file: write local/hf:OWNER/REPO/FILE.gguf")
    return HubFile(matched["repo"], matched["name"], matched["revision"])


def _parts(file: HubFile) -> list[HubFile]:
    """All parts of a model that is split over several files, the first one first; any of them may be named."""
    if (part := _PART.search(file.name)) is None:
        return [file]
    stem, count = file.name[: part.start()], int(part[2])
    return [
        HubFile(file.repo, f"{stem}-{number:05d}-of-{count:05d}.gguf", file.revision) for number in range(1, count + 1)
    ]


def _from_hub(file: HubFile, *, offline: bool) -> Path:
    """The file from the Hugging Face cache, else downloaded into it; what is there is not asked for again."""
    try:
        import huggingface_hub
    except ImportError:
        raise UsageError(f"{file} needs a package that is not installed: {_PACKAGE}") from None
    cached = huggingface_hub.try_to_load_from_cache(file.repo, file.name, revision=file.revision)
    if isinstance(cached, str):
        return Path(cached)
    if offline:
        raise UsageError(
            f"{file} is not on this machine, and --offline forbids to fetch it: "
            f"download {file.name} elsewhere and give its path"
        )
    return _download(file)


def _download(file: HubFile) -> Path:
    """Download with a progress bar on standard error, and check what came against the checksum that the hub gives."""
    import huggingface_hub

    try:
        # asked first: it fails at once without a network, where the download would wait and try again for half a minute
        address = huggingface_hub.hf_hub_url(file.repo, file.name, revision=file.revision)
        expected = huggingface_hub.get_hf_file_metadata(address).etag or ""
        path = Path(huggingface_hub.hf_hub_download(file.repo, file.name, revision=file.revision))
    except Exception as error:
        raise _not_downloaded(file, error) from None
    if _SHA256.fullmatch(expected) and (found := _sha256(path)) != expected:
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise UsageError(
            f"{file} arrived damaged (SHA-256 {found[:12]}…, the hub says {expected[:12]}…) and was deleted: try again"
        )
    return path


def _sha256(path: Path) -> str:
    """Checksum of a file, with a progress bar where the terminal is watched: gigabytes take a while."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    digest = hashlib.sha256()
    quiet = not sys.stderr.isatty()
    with (
        path.open("rb") as file,
        tqdm(total=path.stat().st_size, unit="B", unit_scale=True, desc="checking", disable=quiet) as bar,
    ):
        while block := file.read(_BLOCK):
            digest.update(block)
            bar.update(len(block))
    return digest.hexdigest()


def _not_downloaded(file: HubFile, error: Exception) -> UsageError:
    """What stands in the way, by the names of the hub's errors."""
    from huggingface_hub import errors

    otherwise = f"download {file.name} elsewhere and give its path"
    kinds: list[tuple[type[Exception], str]] = [
        (
            errors.GatedRepoError,
            f"is given only to those who accept its terms: do so on the hub, set HF_TOKEN ({file})",
        ),
        (errors.RevisionNotFoundError, f"cannot be downloaded: {file.repo} has no revision {file.revision!r}"),
        (
            errors.RepositoryNotFoundError,
            f"cannot be downloaded: no public repository {file.repo}; HF_TOKEN for others",
        ),
        (errors.LocalEntryNotFoundError, f"is not on this machine, and the hub cannot be reached: {otherwise}"),
        (errors.EntryNotFoundError, f"cannot be downloaded: {file.repo} has no file {file.name}"),
        (errors.HFValidationError, "cannot be downloaded: the hub does not take such a name"),
        (errors.OfflineModeIsEnabled, f"is not on this machine, and HF_HUB_OFFLINE is set: {otherwise}"),
    ]
    for kind, said in kinds:
        if isinstance(error, kind):
            return UsageError(f"{file} {said}")
    reason = _first_line(error)
    if _is_connection(error):
        return UsageError(f"{file} is not on this machine, and the hub cannot be reached ({reason}): {otherwise}")
    return UsageError(f"{file} cannot be downloaded ({reason}): try again, or {otherwise}")


def _is_connection(error: Any) -> bool:
    return any(word in type(error).__name__ for word in ("Connect", "Timeout", "Proxy", "Network", "ReadError"))


def _first_line(error: Exception) -> str:
    lines = str(error).split("\n")
    return (lines[0] or type(error).__name__)[:200]
