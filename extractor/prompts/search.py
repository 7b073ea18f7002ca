"""From what the user writes to a prompt: a folder, `name/version`, or a name, which means its highest version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import extractor
from extractor.errors import PromptError
from extractor.prompts.folder import NAME, SETTINGS_FILE, read_prompt
from extractor.prompts.prompt import Prompt

GENERIC = "generic"
"""The family that asks for any schema."""

_REF = re.compile(rf"(?P<name>{NAME})(?:/(?P<version>[1-9]\d*))?")


@dataclass(frozen=True, slots=True)
class FoundPrompt:
    """One entry of a listing: a prompt, or the problem that keeps it from being one."""

    ref: str
    folder: Path
    prompt: Prompt | None
    problem: str | None = None


def search_path() -> tuple[Path, ...]:
    """Folders that hold prompts, first match wins: `prompts` in the working directory, then the ones we ship.

    In an installed wheel these are inside the package; in a checkout they stand beside it.
    """
    package = Path(extractor.__file__).resolve().parent
    bundled = package / "_bundled" / "prompts"
    shipped = bundled if bundled.is_dir() else package.parent / "prompts"
    return (Path("prompts"), shipped)


def default_prompt(schema_name: str) -> str:
    """The prompt to use when the user names none: the schema's own family where there is one, else `generic`."""
    return schema_name if schema_name in _folders(search_path()) else GENERIC


def load_prompt(ref_or_path: str | Path, *, search: Sequence[Path] | None = None) -> Prompt:
    """Load a prompt.

    Args:
        ref_or_path: a folder that holds a `prompt.toml`, or `name/version`, or `name` for its highest version.
        search: folders with prompts to look through instead of `search_path()`.

    Raises:
        PromptError: there is none, or it is broken.
    """
    folder = Path(ref_or_path)
    if (folder / SETTINGS_FILE).is_file():
        return read_prompt(folder)
    match = None if isinstance(ref_or_path, Path) else _REF.fullmatch(ref_or_path)
    if match is None:
        raise PromptError(f"no prompt {str(ref_or_path)!r}: give a folder with a {SETTINGS_FILE}, or name/version")
    roots = search_path() if search is None else search
    versions = _folders(roots).get(match["name"], {})
    wanted = int(match["version"]) if match["version"] else max(versions, default=0)
    if wanted not in versions:
        raise PromptError(f"no prompt {ref_or_path!r} in {_listed(roots)}: there is {_known(roots)}")
    return read_prompt(versions[wanted], ref=f"{match['name']}/{wanted}")


def list_prompts(*, search: Sequence[Path] | None = None) -> list[FoundPrompt]:
    """All prompts that can be loaded by reference, by name and version; a broken one is listed with its problem."""
    return [
        _entry(f"{name}/{version}", folder)
        for name, versions in sorted(_folders(search_path() if search is None else search).items())
        for version, folder in sorted(versions.items())
    ]


def _folders(roots: Sequence[Path]) -> dict[str, dict[int, Path]]:
    """Name and version to folder; the first root that has a version wins."""
    found: dict[str, dict[int, Path]] = {}
    for root in roots:
        for settings in sorted(root.glob(f"*/*/{SETTINGS_FILE}")):
            folder = settings.parent
            if match := _REF.fullmatch(f"{folder.parent.name}/{folder.name}"):
                found.setdefault(match["name"], {}).setdefault(int(match["version"]), folder)
    return found


def _entry(ref: str, folder: Path) -> FoundPrompt:
    try:
        return FoundPrompt(ref, folder, read_prompt(folder, ref=ref))
    except PromptError as error:
        return FoundPrompt(ref, folder, None, str(error))


def _listed(roots: Sequence[Path]) -> str:
    return " or ".join(map(str, roots))


def _known(roots: Sequence[Path]) -> str:
    refs = [f"{name}/{version}" for name, versions in _folders(roots).items() for version in sorted(versions)]
    return ", ".join(sorted(refs)) or "none"
