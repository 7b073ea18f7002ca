"""`local/…`: the real llama.cpp in this process, on a tiny model with random weights."""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from extractor.backends import list_backends, open_backend
from extractor.backends.local import LocalBackend
from extractor.engine import Options, extract_many
from extractor.errors import BackendError, UsageError
from extractor.records import Article, Completion, Extraction, Failure, Request
from extractor.schemas import validate_event
from tests.extractor.backends.conftest import make_request
from tests.extractor.backends.local_model import ENDLESS, PROMPT, SCHEMA, make_model, open_tiny

for package in ("xllamacpp", "gguf", "tokenizers"):
    pytest.importorskip(package, reason=f"the local engine's tests need {package}: pip install -e '.[local,dev]'")

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


def run(backend: LocalBackend, work: Coroutine[Any, Any, Any]) -> Any:
    """Run, and close the backend whatever comes."""

    async def closing() -> Any:
        try:
            return await work
        finally:
            await backend.aclose()
            await backend.aclose()  # closing twice is in order

    return asyncio.run(closing())


def ask(path: Path, *requests: Request, **how: Any) -> list[Completion]:
    backend = open_tiny(path, **how)

    async def all_of_them() -> list[Completion]:
        return await asyncio.gather(*(backend.complete(request) for request in requests))

    return run(backend, all_of_them())


async def until(backend: LocalBackend, busy: bool, *, seconds: float = 20.0) -> None:
    """Until the server answers somebody, or nobody; the engine runs in threads of its own, so it is looked at."""
    deadline = time.monotonic() + seconds
    while (backend.server.busy() > 0) is not busy:
        assert time.monotonic() < deadline, f"after {seconds} s still {'idle' if busy else 'busy'}"
        await asyncio.sleep(0.02)


def test_answers_keep_to_the_schema_and_tell_what_they_took(tiny: Path) -> None:
    texts = ["Two bitterns boomed.", "A heron stood in the shallow water, and later another.", "Nothing today."]
    completions = ask(tiny, *(make_request(text, max_tokens=2000) for text in texts))
    for completion in completions:
        assert completion.finish == "stop"
        assert isinstance(json.loads(completion.text)["events"], list)
        assert completion.model == "tiny.gguf"
        assert completion.usage is not None
        assert completion.usage.input_tokens > 5
        assert 0 < completion.usage.output_tokens < 2000
        assert completion.latency_s is not None
        assert completion.latency_s > 0
    assert len({completion.usage.input_tokens for completion in completions if completion.usage}) == 3


def test_the_same_request_gets_the_same_answer_and_a_seed_another_sample(tiny: Path) -> None:
    first, again = ask(tiny, make_request(), make_request())
    assert first.text == again.text
    samples = ask(tiny, *(make_request(temperature=2.0, seed=seed) for seed in (1, 1, 2, 3, 4)), slots=1)
    assert samples[0].text == samples[1].text
    assert len({sample.text for sample in samples}) > 1


def test_the_backend_tells_what_it_can(tiny: Path) -> None:
    backend = open_tiny(tiny, context=2048, slots=3)
    asyncio.run(backend.aclose())
    capabilities = backend.capabilities
    assert (capabilities.structured_output, capabilities.hosted) == ("json_schema", False)
    assert (capabilities.reports_usage, capabilities.takes_seed) == (True, True)
    assert capabilities.context_window == 2048
    assert backend.name == f"local/{tiny}"


@pytest.mark.parametrize("provider", ["local", "llamacpp"])
def test_the_registry_opens_it_under_both_names(tiny: Path, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXTRACTOR_LOCAL_CONTEXT", "1024")
    backend = open_backend(f"{provider}/{tiny}")
    asyncio.run(backend.aclose())
    assert backend.name == f"{provider}/{tiny}"
    assert backend.capabilities.context_window == 1024
    assert next(info for info in list_backends() if info.provider == "local").usable
    with pytest.raises(UsageError, match="takes no base URL"):
        open_backend(f"{provider}/{tiny}", base_url="http://localhost:1/v1")


def test_an_answer_that_is_cut_at_the_limit_says_so(tiny: Path) -> None:
    [completion] = ask(tiny, make_request(json_schema=ENDLESS, max_tokens=7))
    assert completion.finish == "length"
    assert completion.usage is not None
    assert completion.usage.output_tokens == 7
    assert completion.text.startswith("{")


def test_an_answer_that_fills_the_context_is_cut_too(tiny: Path) -> None:
    [completion] = ask(tiny, make_request(json_schema=ENDLESS, max_tokens=5000), context=512)
    assert completion.finish == "length"
    assert completion.usage is not None
    assert completion.usage.input_tokens + completion.usage.output_tokens <= 512


def test_a_text_beyond_the_context_is_named_and_not_retried(tiny: Path) -> None:
    with pytest.raises(BackendError, match=r"smaller context window .*\(512 tokens\)") as caught:
        ask(tiny, make_request("heron " * 600), context=512)
    assert (caught.value.kind, caught.value.retryable) == ("context_overflow", False)


def test_a_cancelled_request_stops_computing(tiny: Path) -> None:
    backend = open_tiny(tiny)

    async def cancel() -> None:
        task = asyncio.create_task(backend.complete(make_request(json_schema=ENDLESS, max_tokens=15000)))
        await until(backend, busy=True)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(backend, busy=False, seconds=3)
        assert (await backend.complete(make_request())).finish == "stop"

    run(backend, cancel())


def test_an_answer_that_takes_too_long_is_a_timeout_and_stops_computing(tiny: Path) -> None:
    backend = open_tiny(tiny, timeout_s=0.3)

    async def wait() -> None:
        with pytest.raises(BackendError, match=r"did not answer within 0\.3 s") as caught:
            await backend.complete(make_request(json_schema=ENDLESS, max_tokens=15000))
        assert (caught.value.kind, caught.value.retryable) == ("timeout", True)
        await until(backend, busy=False, seconds=3)

    run(backend, wait())


def test_requests_beyond_the_slots_wait_their_turn_and_their_waiting_is_no_latency(tiny: Path) -> None:
    request = make_request(json_schema=ENDLESS, max_tokens=200)
    started = time.perf_counter()
    completions = ask(tiny, *[request] * 8, slots=1)
    seconds = time.perf_counter() - started
    assert [completion.finish for completion in completions] == ["length"] * 8
    latencies = [completion.latency_s or 0.0 for completion in completions]
    assert min(latencies) > 0
    assert sum(latencies) <= seconds, "waiting counted, it would be about four times as much"


def test_two_models_run_in_one_process_and_leave_it_as_they_found_it(tiny: Path) -> None:
    before = threads_of_this_process()
    first, second = open_tiny(tiny), open_tiny(tiny)

    async def one_after_the_other() -> None:
        await asyncio.gather(first.complete(make_request()), second.complete(make_request()))
        await first.aclose()
        assert (await second.complete(make_request())).finish == "stop"
        with pytest.raises(BackendError) as closed:
            await first.complete(make_request())
        assert closed.value.kind == "unreachable"

    run(second, one_after_the_other())
    assert threads_of_this_process() <= before + 2, "asyncio keeps a thread or two of its own"
    connection = http.client.HTTPConnection(first.server.url.split("/")[2], timeout=2)
    with pytest.raises(ConnectionRefusedError):
        connection.connect()


def threads_of_this_process() -> int:
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


def test_nobody_else_on_this_machine_may_use_the_server(tiny: Path) -> None:
    backend = open_tiny(tiny)
    key = backend.server.key
    connection = http.client.HTTPConnection(backend.server.url.split("/")[2], timeout=5)
    connection.request("GET", "/slots")
    assert connection.getresponse().status == 401
    connection.close()
    asyncio.run(backend.aclose())
    assert not any(key in shown for shown in (repr(backend), repr(backend.server), backend.endpoint, backend.name))


def test_the_endpoint_names_the_weights_and_not_the_port(tiny: Path, tmp_path: Path) -> None:
    other = make_model(tmp_path / "other.gguf")
    content = bytearray(other.read_bytes())
    content[-9] ^= 1
    other.write_bytes(content)
    endpoints = []
    for path in (tiny, tiny, other):
        backend = open_tiny(path)
        endpoints.append(backend.endpoint)
        asyncio.run(backend.aclose())
    assert endpoints[0] == endpoints[1]
    assert endpoints[2] != endpoints[0]
    assert endpoints[0].startswith("gguf:")


def test_the_server_answers_the_same_as_an_openai_compatible_url(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = open_tiny(tiny)
    monkeypatch.setenv("TINY_KEY", backend.server.key)
    by_url = open_backend("openai/tiny.gguf", base_url=backend.server.url, api_key_env="TINY_KEY")

    async def both() -> tuple[Completion, Completion]:
        try:
            return await backend.complete(make_request()), await by_url.complete(make_request())
        finally:
            await by_url.aclose()

    local, compatible = run(backend, both())
    assert local.text == compatible.text
    assert (local.finish, local.model) == (compatible.finish, compatible.model)
    assert local.usage is not None
    assert compatible.usage is not None
    assert (local.usage.input_tokens, local.usage.output_tokens) == (
        compatible.usage.input_tokens,
        compatible.usage.output_tokens,
    )
    assert by_url.capabilities.hosted is False


def damaged(tiny: Path, how: str, folder: Path) -> Path:
    content = tiny.read_bytes()
    path = folder / "model.gguf"
    if how == "folder":
        path.mkdir()
    elif how != "missing":
        other_kind = content.replace(b"llama", b"zlama")
        path.write_bytes(
            {"empty": b"", "text": b"hello", "head": content[:5000], "cut": content[:-5000]}.get(how, other_kind)
        )
    return path


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("missing", "no model file"),
        ("folder", "is a folder"),
        ("empty", "is no GGUF file"),
        ("text", "is no GGUF file"),
        ("head", "damaged or not complete"),
        ("cut", "llama.cpp cannot load .*: tensor .* is corrupted or incomplete"),
        ("unknown", "llama.cpp cannot load .*: unknown model architecture: 'zlama'"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    tiny: Path, tmp_path: Path, how: str, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = damaged(tiny, how, tmp_path)
    with pytest.raises(UsageError, match=says) as caught:
        open_tiny(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", ""), "llama.cpp says nothing of its own"


ENDINGS = """
import asyncio, sys
from pathlib import Path
from tests.extractor.backends.conftest import make_request
from tests.extractor.backends.local_model import ENDLESS, open_tiny

backend = open_tiny(Path(sys.argv[1]))

async def extract(how):
    await backend.complete(make_request())
    task = asyncio.create_task(backend.complete(make_request(json_schema=ENDLESS, max_tokens=15000)))
    while not backend.server.busy():
        await asyncio.sleep(0.01)
    print("under way", flush=True)
    if how == "crash":
        raise RuntimeError("the run crashed")
    if how == "exit":
        sys.exit(7)
    await task

asyncio.run(extract(sys.argv[2]))
"""


@pytest.mark.parametrize(("how", "code"), [("crash", 1), ("exit", 7), ("interrupt", -signal.SIGINT), ("kill", -9)])
def test_a_run_that_ends_in_the_middle_leaves_no_server_and_does_not_hang(tiny: Path, how: str, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDINGS, str(tiny), how],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "under way\n"
    if how in ("interrupt", "kill"):
        process.send_signal(signal.SIGINT if how == "interrupt" else signal.SIGKILL)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == code, said
    expected = {"crash": "the run crashed", "interrupt": "KeyboardInterrupt"}.get(how, "")
    assert expected in said
    assert "Segmentation" not in said


NEWS = (
    "Gunmen stopped a bus outside Karvelo on {day} and took {count} passengers, a district official said.",
    "A roadside bomb near the {place} mill killed {count} soldiers, the army said on {day}. Nobody has claimed it.",
    "Farmers blocked the bridge at {place} on {day}; police fired tear gas and arrested {count} people.",
    "The {place} council met on {day} to discuss {count} new wells. No incident was reported.",
    "Two drones crossed the ridge above {place} on {day}; air defence shot down {count} more, residents said.",
)


def article(number: int) -> Article:
    words = {"day": ("Monday", "Friday", "Sunday")[number % 3], "count": number + 2, "place": f"Ostrel {number}"}
    return Article(
        f"news-{number}", " ".join(part.format(**words) for part in (NEWS * 2)[number % 5 :][: 1 + number % 4])
    )


def test_twenty_articles_with_the_conflict_schema_end_as_valid_extractions_or_recorded_failures(tiny: Path) -> None:
    articles = [article(number) for number in range(19)]
    articles.insert(9, Article("too-long", " ".join(article(number).text for number in range(150))))
    results: list[Extraction | Failure] = []
    backend = open_tiny(tiny, context=9216)  # room for the prompt, an answer and a tenth of the long article
    totals = run(
        backend,
        extract_many(
            articles,
            backend=backend,
            prompt=PROMPT,
            schema=SCHEMA,
            options=Options(max_tokens=500, reasks=1, temperature=0.2, seed=3),
            on_result=results.append,
        ),
    )
    assert {result.article_id for result in results} == {article.id for article in articles}
    assert (len(results), totals.done + totals.failed) == (20, 20)
    extractions = [result for result in results if isinstance(result, Extraction)]
    events = [event for result in extractions for event in result.events]
    assert len(extractions) >= 10
    assert events, "random weights, but the schema leads them to events"
    for event in events:
        validate_event(SCHEMA, {name: value for name, value in event.items() if name != "id"})
    failures = {result.article_id: result for result in results if isinstance(result, Failure)}
    too_long = failures.pop("too-long", None)  # it is read in pieces, and noise may end any of them
    assert too_long is None or too_long.kind in {"context_overflow", "truncated", "invalid_output"}
    assert {failure.kind for failure in failures.values()} <= {"invalid_output", "truncated"}
    assert all(failure.raw for failure in failures.values())
    paid = totals.spent.paid
    assert paid.output_tokens > 0
    assert paid.cached_tokens > paid.input_tokens // 2, "the prompt is computed once for each slot"


def test_an_extraction_that_is_cancelled_leaves_the_engine_idle(tiny: Path) -> None:
    backend = open_tiny(tiny)

    async def cancelled() -> None:
        work = extract_many([article(number) for number in range(8)], backend=backend, prompt=PROMPT, schema=SCHEMA)
        task = asyncio.create_task(work)
        await until(backend, busy=True)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(backend, busy=False)

    run(backend, cancelled())
