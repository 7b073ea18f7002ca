"""`make test` installs what the tests of the local engine need wherever there is a wheel of it, so they run there."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ENGINE = {"xllamacpp": "xllamacpp", "gguf": "gguf", "tokenizers": "tokenizers"}
"""Packages and their modules."""


def requirements(extra: str) -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = [Requirement(line) for line in project["optional-dependencies"][extra]]
    return {canonicalize_name(each.name): each for each in found}


@pytest.mark.parametrize("package", ENGINE)
def test_the_local_engine_is_installed_where_it_has_a_wheel(package: str) -> None:
    marker = requirements("dev")[package].marker
    if marker is not None and not marker.evaluate():
        pytest.skip(f"{package} has no wheel for this platform: the tests of the local engine are skipped")
    assert find_spec(ENGINE[package]) is not None, "pip install -e '.[dev]', as make test does"


@pytest.mark.parametrize(
    ("platform", "machine", "wheel"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", True),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", True),
        ("win32", "AMD64", True),
        ("win32", "ARM64", False),
        ("linux", "riscv64", False),
        ("freebsd14", "amd64", False),
    ],
)
def test_platforms_without_a_wheel_are_left_out(platform: str, machine: str, wheel: bool) -> None:
    marker = requirements("dev")["xllamacpp"].marker
    assert marker is not None
    assert marker.evaluate({"sys_platform": platform, "platform_machine": machine}) is wheel


@pytest.mark.parametrize("extra", ["dev", "local", "anthropic", "google"])
def test_what_the_tests_use_is_pinned(extra: str) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(match[1]): match[2] for line in lines if (match := re.match(r"([\w.-]+)==(.+)", line))}
    for name, required in requirements(extra).items():
        assert name in pinned, f"{name} is not in constraints.txt"
        assert required.specifier.contains(pinned[name])
