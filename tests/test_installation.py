"""`make test` installs what the tests of the local engine need wherever there is a wheel of it, so they run there."""

from __future__ import annotations

import re
import sysconfig
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
    """What an extra asks for, by name; an extra of ours that it names is part of it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, Requirement] = {}
    for each in map(Requirement, project["optional-dependencies"][extra]):
        if each.name == project["name"]:
            found |= {name: part for own in each.extras for name, part in requirements(own).items()}
        else:
            found[canonicalize_name(each.name)] = each
    return found


def links_musl() -> bool:
    """Whether this is a Python of Alpine's kind, which no marker can name."""
    return "musl" in (sysconfig.get_config_var("SOABI") or "") or "musl" in sysconfig.get_platform()


@pytest.mark.parametrize("package", ENGINE)
def test_the_local_engine_is_installed_where_it_has_a_wheel(package: str) -> None:
    marker = requirements("dev")[package].marker
    if find_spec(ENGINE[package]) is None and (links_musl() or (marker is not None and not marker.evaluate())):
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


def test_all_that_the_tests_need_can_be_installed_without_the_local_engine() -> None:
    assert requirements("dev").keys() - requirements("tests").keys() == {"xllamacpp"}


@pytest.mark.parametrize("extra", ["dev", "local", "anthropic", "google"])
def test_what_the_tests_use_is_pinned(extra: str) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := re.match(r"([\w.-]+)==(.+)", line))]
    pinned: dict[str, str] = {canonicalize_name(match[1]): match[2] for match in found}
    for name, required in requirements(extra).items():
        assert name in pinned, f"{name} is not in constraints.txt"
        assert required.specifier.contains(pinned[name])
