"""Keys from files: what is taken, what is refused, when a warning is due."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from extractor.backends import open_backend
from extractor.backends.keys import forms_of, read_key_file
from extractor.errors import UsageError
from tests.extractor.backends.conftest import KEY


def test_a_key_file_of_ones_own_is_read_silently(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    assert read_key_file(file) == KEY
    assert caplog.records == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_warned_about_without_the_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    file.chmod(mode)
    with caplog.at_level(logging.WARNING):
        assert read_key_file(file) == KEY
    assert f"chmod 600 {file}" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"two\nlines", b"\xff\xfe", b"k" * 9000])
def test_anything_else_than_a_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(UsageError, match="must hold the key in one line") as caught:
        read_key_file(file)
    assert str(caught.value).count("k" * 100) == 0


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nokey cannot be read: No such file"):
        open_backend("openai/m", api_key_file=tmp_path / "nokey")


def test_a_variable_and_a_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give one of them"):
        open_backend("openai/m", api_key_env="A", api_key_file=tmp_path / "key")


def test_a_key_is_known_in_every_form_in_which_an_endpoint_may_echo_it() -> None:
    assert forms_of("a/b+c==") == ("a%2Fb%2Bc%3D%3D", "a/b%2Bc%3D%3D", "a\\/b+c==", "a/b+c==")
    assert forms_of(KEY) == (KEY,)
    assert forms_of(None) == ()
