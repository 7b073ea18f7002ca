"""Submitting, watching and fetching a batch at an endpoint with OpenAI's files and batches, over real HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.batch import BatchClient, BatchState
from extractor.batch.files import Batch
from extractor.errors import BackendError, UsageError
from tests.extractor.batch_cases import answer, read, stubborn, write
from tests.extractor.extraction_cases import GOOD, articles, lines
from tests.extractor.test_batch import results
from tests.loopback import replies
from tests.loopback.server import LoopbackServer


def submitted(server: LoopbackServer, requests: Path) -> None:
    with BatchClient(requests, base_url=server.url) as client:
        client.submit(requests)


def test_submitted_watched_fetched_and_read_it_ends_as_answered_elsewhere(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    loopback.answer = stubborn
    loopback.batches.lags = 1
    write(tmp_path, articles(20))
    for name in ("requests.jsonl", "requests.2.jsonl", "requests.3.jsonl"):
        path = tmp_path / name
        with BatchClient(path, base_url=loopback.url) as client:
            assert client.submit(path).new
            assert not client.status(path).ended
            assert client.status(path).ended
            target, [found] = client.fetch(path, [path])
        assert (found.status, found.done) == ("completed", len(lines(path)))
        assert target == tmp_path / name.replace("requests", "answers")
        read(path, target)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere, articles(20))
    for name in ("requests.jsonl", "requests.2.jsonl", "requests.3.jsonl"):
        read(elsewhere / name, answer(elsewhere / name))
    assert results(tmp_path / "run") == results(elsewhere / "run")


def test_a_batch_under_way_is_not_fetched(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.batches.lags = 1
    requests = write(tmp_path, articles(1))
    submitted(loopback, requests)
    with BatchClient(requests) as client:
        target, [found] = client.fetch(requests, [requests])
    assert (target, found.status, found.ended) == (None, "in_progress", False)
    assert not (tmp_path / "answers.jsonl").exists()


def test_a_file_is_not_submitted_twice_unless_told_so(loopback: LoopbackServer, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(2))
    for again, made in ((False, 1), (False, 1), (True, 2)):
        with BatchClient(requests, base_url=loopback.url) as client:
            client.submit(requests, again=again)
        assert len(loopback.batches.batches) == made


def test_a_batch_made_right_before_a_crash_is_found_again(loopback: LoopbackServer, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(2))
    submitted(loopback, requests)
    Batch(requests).state.unlink()
    with BatchClient(requests, base_url=loopback.url) as client:
        assert not client.submit(requests).new
        assert client.status(requests).batch_id == "batch_1"
    assert len(loopback.batches.batches) == len(loopback.batches.files) - 1 == 1


def test_errors_and_expiry_come_back_as_requests_of_the_next_round(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.answer = lambda body: replies.rate_limited() if "number 1." in str(body) else GOOD
    loopback.batches.expire_after = 3
    requests = write(tmp_path, articles(5))
    submitted(loopback, requests)
    with BatchClient(requests) as client:
        assert client.status(requests).status == "expired"
        target, _ = client.fetch(requests, [requests])
    assert target is not None
    report = read(requests, target)
    assert (report.done, report.unanswered) == (2, 3)
    assert report.tally.errors == {"rate_limited": 1, "server_error": 2}
    assert len(lines(tmp_path / "requests.2.jsonl")) == 3


def test_a_batch_that_the_endpoint_refuses_says_why(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.batches.refuse = "The model `some-model` does not exist."
    requests = write(tmp_path, articles(1))
    submitted(loopback, requests)
    with BatchClient(requests) as client:
        found = client.status(requests)
    assert (found.status, found.ended) == ("failed", True)
    assert found.errors == ("line 1: The model `some-model` does not exist.",)


def test_all_parts_of_a_round_are_submitted_and_fetched_into_one_file(loopback: LoopbackServer, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(5), max_requests=2)
    parts = [requests, tmp_path / "requests.part-2.jsonl", tmp_path / "requests.part-3.jsonl"]
    with BatchClient(requests, base_url=loopback.url) as client:
        for path in parts:
            client.submit(path)
        assert all(client.status(path).ended for path in parts)
        target, found = client.fetch(requests, parts)
    assert [one.total for one in found] == [2, 2, 1]
    assert target is not None
    assert len(lines(target)) == 5
    assert len(BatchState.read(Batch(requests)).submissions) == 3


def test_a_wrong_key_is_one_line_without_the_key(
    loopback: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loopback.api_key = "right"
    monkeypatch.setenv("OPENAI_API_KEY", "wrong-0123456789")
    requests = write(tmp_path, articles(1))
    with pytest.raises(BackendError, match=r"refused the key \(401\): check OPENAI_API_KEY") as caught:
        submitted(loopback, requests)
    assert "wrong-0123456789" not in str(caught.value)
    monkeypatch.setenv("OPENAI_API_KEY", "right")
    submitted(loopback, requests)
    assert "right" not in Batch(requests).state.read_text()


def test_a_password_in_the_base_url_is_not_written_down(loopback: LoopbackServer, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    with BatchClient(requests, base_url=loopback.url.replace("//", "//ann:hunter2@")) as client:
        client.submit(requests)
    assert "hunter2" not in Batch(requests).state.read_text()


def test_nothing_leaves_the_machine_when_told_so(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    with pytest.raises(UsageError, match="is not on this machine, and --offline"):
        BatchClient(requests, offline=True)


def test_what_was_not_submitted_cannot_be_watched(loopback: LoopbackServer, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    with (
        BatchClient(requests, base_url=loopback.url) as client,
        pytest.raises(UsageError, match="was not submitted: extractor batch submit"),
    ):
        client.status(requests)


def test_an_endpoint_that_is_down_is_told(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    with LoopbackServer() as server:
        url = server.url
    with BatchClient(requests, base_url=url) as client, pytest.raises(BackendError, match="cannot be reached"):
        client.submit(requests)
