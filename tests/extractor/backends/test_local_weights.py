"""Model files: what their heads say, how large a model is set up, and how they come from Hugging Face."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.backends.local.gguf import Head, fingerprint, read_head
from extractor.backends.local.sizing import Machine, Wishes, choose_size, this_machine, wishes_from
from extractor.backends.local.weights import find_weights, parse_hub_file
from extractor.errors import UsageError
from tests.tiny_model.hub import COMMIT, Hub

GIB = 1 << 30


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def number(name: str, value: int) -> bytes:
    return text(name) + struct.pack("<II", 4, value)


def gguf_file(*entries: bytes, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(entries)) + b"".join(entries)


LLAMA = gguf_file(
    text("general.architecture") + struct.pack("<I", 8) + text("llama"),
    text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 5000) + text("the") * 5000,
    text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 5000) + bytes(4 * 5000),
    number("llama.context_length", 8192),
    number("llama.block_count", 32),
    number("llama.embedding_length", 4096),
    number("llama.attention.head_count", 32),
    text("llama.attention.head_count_kv") + struct.pack("<IIQII", 9, 4, 2, 8, 4),
)


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    path = tmp_path / "llama.gguf"
    path.write_bytes(LLAMA)
    return path


def test_the_head_tells_context_and_memory_behind_a_long_vocabulary(llama: Path) -> None:
    # 32 layers, 8 key-value heads of 128, keys and values, 2 bytes each: what llama.cpp takes for Llama 3 8B
    assert read_head(llama) == Head("llama", 8192, 32 * 8 * 2 * 128 * 2, len(LLAMA))


def test_a_head_that_says_little_is_a_head(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf_file(version=2))
    assert read_head(path) == Head("", None, 0, 24)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(LLAMA) - 1))
def test_a_file_cut_anywhere_in_its_head_is_refused_in_one_line(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(LLAMA[:cut])
    with pytest.raises(UsageError, match=r"no GGUF file|damaged or not complete") as caught:
        read_head(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=200, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_head_or_refused_and_never_read_for_long(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<I", 3) + data)
    try:
        read_head(path)
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017  # both outcomes are in order


def test_a_newer_version_is_named(tmp_path: Path) -> None:
    path = tmp_path / "new.gguf"
    path.write_bytes(gguf_file(version=9))
    with pytest.raises(UsageError, match="GGUF version 9"):
        read_head(path)


def test_the_fingerprint_changes_with_the_weights_and_not_with_the_name(llama: Path, tmp_path: Path) -> None:
    same, other, longer = tmp_path / "same.gguf", tmp_path / "other.gguf", tmp_path / "longer.gguf"
    same.write_bytes(LLAMA)
    other.write_bytes(LLAMA[:-1] + b"\x05")
    longer.write_bytes(LLAMA + b"\0")
    marks = [fingerprint(path) for path in (llama, same, other, longer)]
    assert marks[0] == marks[1]
    assert len(set(marks)) == 3


EIGHT_B = Head("llama", 131072, 131072, 5 * GIB)


@pytest.mark.parametrize(
    ("free_gib", "cpus", "context", "slots"),
    [
        (64, 16, 16384, 4),  # 2 GiB of cache for each slot
        (64, 2, 16384, 2),
        (13, 16, 16384, 2),  # half of 8 GiB
        (7, 16, 8192, 1),  # half of 2 GiB
        (4, 16, 4096, 1),  # less than the weights: the least, llama.cpp maps the file
        (None, 8, 16384, 4),
    ],
)
def test_slots_and_context_fit_the_memory(free_gib: int | None, cpus: int, context: int, slots: int) -> None:
    free = None if free_gib is None else free_gib * GIB
    size = choose_size(EIGHT_B, Machine(cpus, cpus, free), Wishes())
    assert (size.context, size.slots) == (context, slots)
    assert (size.threads, size.gpu_layers) == (-1, -1)


def test_wishes_hold_and_a_small_model_gets_no_more_than_it_was_trained_for() -> None:
    tight = Machine(4, 64, GIB)
    size = choose_size(EIGHT_B, tight, Wishes(context=32768, slots=3, threads=7, gpu_layers=0))
    assert (size.context, size.slots, size.threads, size.gpu_layers) == (32768, 3, 7, 0)
    assert choose_size(EIGHT_B, tight, Wishes()).threads == 4, "as many as this process may use"
    assert choose_size(Head("llama", 2048, 64, GIB), Machine(8, 8, 64 * GIB), Wishes()).context == 2048


def test_this_machine_has_memory_and_a_processor() -> None:
    machine = this_machine()
    assert 1 <= machine.usable_cpus <= machine.all_cpus
    assert machine.free_bytes is None or machine.free_bytes > 1 << 20


def test_settings_come_from_the_environment_and_wrong_ones_are_named() -> None:
    given = {"EXTRACTOR_LOCAL_CONTEXT": "8192", "EXTRACTOR_LOCAL_SLOTS": " ", "EXTRACTOR_LOCAL_GPU_LAYERS": "0"}
    assert wishes_from(given) == Wishes(context=8192, gpu_layers=0)
    for name, wrong in [("CONTEXT", "8k"), ("CONTEXT", "10"), ("SLOTS", "0"), ("THREADS", "-1")]:
        with pytest.raises(UsageError, match=f"EXTRACTOR_LOCAL_{name} is '{wrong}'"):
            wishes_from({f"EXTRACTOR_LOCAL_{name}": wrong})


@pytest.mark.parametrize("wrong", ["hf:acme", "hf:acme/tiny", "hf:acme/tiny/model.safetensors", "hf:a b/c/d.gguf"])
def test_a_hub_name_that_is_none_is_told_how_to_write_it(wrong: str) -> None:
    with pytest.raises(UsageError, match="hf:OWNER/REPO/FILE"):
        parse_hub_file(wrong)


def test_a_hub_name_may_have_a_revision_and_folders() -> None:
    file = parse_hub_file("hf:acme/tiny-GGUF@v1.0/q4/tiny.gguf")
    assert (file.repo, file.revision, file.name) == ("acme/tiny-GGUF", "v1.0", "q4/tiny.gguf")
    assert str(file) == "hf:acme/tiny-GGUF@v1.0/q4/tiny.gguf"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub({"tiny.gguf": LLAMA}) as server:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield server


def test_a_model_is_downloaded_once(hub: Hub) -> None:
    first = find_weights("hf:acme/tiny/tiny.gguf")
    assert first.read_bytes() == LLAMA
    asked = len(hub.asked)
    assert find_weights("hf:acme/tiny/tiny.gguf") == first
    assert len(hub.asked) == asked, "what is there is not asked for again"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_a_terminal_sees_a_progress_bar_and_standard_output_stays_clean(hub: Hub, tmp_path: Path) -> None:
    script = "from extractor.backends.local.weights import find_weights; find_weights('hf:acme/tiny/tiny.gguf')"
    environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(tmp_path / "other")}
    import fcntl
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=60
    )
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "tiny.gguf" in shown
    assert "checking" in shown
    assert "100%" in shown
    assert done.stdout == b""


@pytest.mark.usefixtures("hub")
def test_offline_takes_what_is_there_and_fetches_nothing() -> None:
    with pytest.raises(UsageError, match=r"tiny.gguf is not on this machine, and --offline forbids to fetch it"):
        find_weights("hf:acme/tiny/tiny.gguf", offline=True)
    assert not list(Path(constants.HF_HUB_CACHE).glob("models--*"))
    downloaded = find_weights("hf:acme/tiny/tiny.gguf")
    assert find_weights("hf:acme/tiny/tiny.gguf", offline=True) == downloaded


def test_a_split_model_is_downloaded_whole_and_opened_at_its_first_part(hub: Hub) -> None:
    hub.files = {f"q4/big-0000{part}-of-00003.gguf": LLAMA + bytes([part]) for part in (1, 2, 3)}
    first = find_weights("hf:acme/tiny/q4/big-00002-of-00003.gguf")
    assert sorted(path.name for path in first.parent.iterdir()) == [Path(name).name for name in hub.files]
    assert first.name == "big-00001-of-00003.gguf"


def test_a_damaged_download_is_deleted_and_not_used_the_next_time(hub: Hub) -> None:
    hub.checksums["tiny.gguf"] = hashlib.sha256(b"what was uploaded").hexdigest()
    with pytest.raises(UsageError, match=r"arrived damaged \(SHA-256 .* was deleted: try again"):
        find_weights("hf:acme/tiny/tiny.gguf")
    hub.checksums.clear()
    assert find_weights("hf:acme/tiny/tiny.gguf").read_bytes() == LLAMA


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ("hf:acme/tiny/other.gguf", "acme/tiny has no file other.gguf"),
        ("hf:acme/secret/tiny.gguf", "no public repository acme/secret; HF_TOKEN"),
    ],
)
def test_what_the_hub_does_not_have_is_named(hub: Hub, ref: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        find_weights(ref)
    assert "\n" not in str(caught.value)
    assert hub.asked


def test_without_a_network_one_line_says_so_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{free.getsockname()[1]}"
    template = nowhere + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", nowhere)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    with pytest.raises(UsageError, match=r"the hub cannot be reached .*: download tiny.gguf elsewhere") as caught:
        find_weights("hf:acme/tiny/tiny.gguf")
    assert "\n" not in str(caught.value)
    assert not hub.asked


def test_without_a_network_a_model_in_the_cache_is_used(hub: Hub) -> None:
    folder = Path(constants.HF_HUB_CACHE) / "models--acme--tiny"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    kept = folder / "snapshots" / COMMIT / "tiny.gguf"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(LLAMA)
    assert find_weights("hf:acme/tiny/tiny.gguf") == kept
    assert not hub.asked


def test_the_hubs_own_offline_switch_is_obeyed(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="HF_HUB_OFFLINE is set"):
        find_weights("hf:acme/tiny/tiny.gguf")
    assert not hub.asked


def test_a_path_is_a_path_and_home_is_home() -> None:
    assert find_weights("models/tiny.gguf") == Path("models/tiny.gguf")
    assert find_weights("~/tiny.gguf") == Path(os.path.expanduser("~")) / "tiny.gguf"  # noqa: PTH111
