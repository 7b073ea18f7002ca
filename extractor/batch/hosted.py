"""Batches at an endpoint that has OpenAI's files and batches: submitted, watched, fetched, through the `openai` client.

A file of requests is never submitted twice by accident: what was submitted stands in the batch's state file, and the
digest of the file travels as metadata, so that a batch made right before a crash is found again at the endpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from extractor.backends.addresses import check_base_url, is_loopback, secrets_in, without_secrets
from extractor.backends.failures import Endpoint, status_failure, timed_out, unreachable
from extractor.backends.keys import find_key, forms_of
from extractor.batch.files import URL, Batch, BatchState, Submission, answers_file, not_written
from extractor.batch.manifest import read_head
from extractor.batch.writing import batch_model
from extractor.errors import UsageError

if TYPE_CHECKING:
    import openai

_DIGEST = "requests_sha256"
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_TIMEOUT_S = 600.0
"""For one call; uploads are large."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A file of requests at the endpoint.

    Attributes:
        file: of requests.
        batch_id: at the endpoint.
        status: in the endpoint's words: validating, in_progress, finalizing, completed, failed, expired, cancelled…
        done, failed, total: requests.
        errors: why the batch as a whole failed.
        new: whether this call made it.
    """

    file: Path
    batch_id: str
    status: str
    done: int = 0
    failed: int = 0
    total: int = 0
    errors: tuple[str, ...] = ()
    new: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _ENDED


class BatchClient:
    """The endpoint that a batch was, or shall be, submitted to. To be used in a `with` block.

    Args:
        requests: any file of requests of the batch; its manifest names the provider.
        base_url: instead of the provider's own.
        api_key_env: instead of the provider's own.
        api_key_file: a file that holds the key.
        offline: refuse what is not on this machine.

    Raises:
        UsageError: a key or address is missing, or nothing may leave this machine.
    """

    def __init__(
        self,
        requests: Path,
        *,
        base_url: str | None = None,
        api_key_env: str | None = None,
        api_key_file: Path | None = None,
        offline: bool = False,
    ) -> None:
        self._batch, _ = Batch.of(requests)
        self._state = BatchState.read(self._batch)
        backend = read_head(self._batch).backend
        provider, _ = batch_model(backend)
        submitted = self._state.submissions[-1].base_url if self._state.submissions else None
        url = check_base_url(base_url or submitted or provider.address())
        if offline and not is_loopback(url):
            raise UsageError(f"{without_secrets(url)} is not on this machine, and --offline lets nothing leave it")
        key = find_key(provider, backend, key_env=api_key_env, key_file=api_key_file, needed=not is_loopback(url))
        self._who = Endpoint(
            name=backend,
            url=without_secrets(url),
            key_env=str(api_key_file or api_key_env or next(iter(provider.key_env), "")) or None,
            secrets=forms_of(key) + secrets_in(url),
        )
        self._client = _client(url, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def submit(self, path: Path, *, again: bool = False) -> Submitted:
        """Upload a file of requests and make a batch of it, unless that was done before.

        Args:
            path: the file.
            again: make a new batch although there is one.

        Raises:
            BackendError: the endpoint refuses, or cannot be reached; the same call may be repeated.
            UsageError: the file cannot be read.
        """
        digest = _sha256(path)
        before = self._state.of_file(path)
        if not again and before is not None and before.sha256 == digest:
            return self._seen(path, before.batch_id)
        if not again and (found := self._found(digest)):
            self._remember(path, digest, found.input_file_id, found.id)
            return self._submitted(path, found)
        with self._failures():
            uploaded = self._client.files.create(file=path, purpose="batch")
        with self._failures():
            # not repeated by the client: a batch that was made although no answer came would be paid for twice
            made = self._client.with_options(max_retries=0).batches.create(
                input_file_id=uploaded.id,
                endpoint=URL,  # type: ignore[arg-type]  # one of its literals
                completion_window="24h",
                metadata={_DIGEST: digest, "file": path.name},
            )
        self._remember(path, digest, uploaded.id, made.id)
        return self._submitted(path, made, new=True)

    def status(self, path: Path) -> Submitted:
        """How a file's batch is doing.

        Raises:
            UsageError: it was not submitted.
            BackendError: the endpoint cannot be reached.
        """
        return self._seen(path, self._submission(path).batch_id)

    def fetch(self, first: Path, parts: list[Path], output: Path | None = None) -> tuple[Path | None, list[Submitted]]:
        """Download the answers, and the errors, of a round's batches that have ended, into one file.

        Args:
            first: the first file of the round.
            parts: all its files.
            output: where to; None: beside the requests.

        Returns:
            The file, None when nothing has ended yet; and how each part is doing.
        """
        target = output or answers_file(first)
        found, contents = [], []
        for path in parts:
            with self._failures():
                batch = self._client.batches.retrieve(self._submission(path).batch_id)
            found.append(self._submitted(path, batch))
            if not found[-1].ended:
                continue
            for file_id in (batch.output_file_id, batch.error_file_id):
                if file_id:
                    with self._failures():
                        contents.append(self._clean(self._client.files.content(file_id).content))
        if not contents:
            return None, found
        draft = target.with_name(f".{target.name}.new")
        try:
            draft.write_bytes(b"".join(content.rstrip(b"\n") + b"\n" for content in contents if content.strip()))
            draft.replace(target)
        except OSError as error:
            raise not_written(target, error) from error
        return target, found

    def _submitted(self, path: Path, batch: Any, *, new: bool = False) -> Submitted:
        counts = batch.request_counts
        errors = tuple(
            self._who.scrub(f"line {error.line}: {error.message}" if error.line is not None else str(error.message))
            for error in ((batch.errors.data if batch.errors else None) or ())
        )
        done, failed, total = (counts.completed, counts.failed, counts.total) if counts else (0, 0, 0)
        return Submitted(path, batch.id, batch.status, done, failed, total, errors, new)

    def _clean(self, content: bytes) -> bytes:
        """What was downloaded, without secrets: an endpoint that echoes the key does so in batches, too."""
        for secret in self._who.secrets:
            content = content.replace(secret.encode(), b"[secret]")
        return content

    def _seen(self, path: Path, batch_id: str) -> Submitted:
        with self._failures():
            return self._submitted(path, self._client.batches.retrieve(batch_id))

    def _found(self, digest: str) -> Any:
        """The batch of that file at the endpoint, if this batch's state does not know of it."""
        import openai

        try:
            with self._failures():
                for batch in self._client.batches.list(limit=100):
                    if (batch.metadata or {}).get(_DIGEST) == digest and batch.status not in ("failed", "cancelled"):
                        return batch
        except openai.NotFoundError:  # an endpoint that cannot list its batches
            return None
        return None

    def _submission(self, path: Path) -> Submission:
        found = self._state.of_file(path)
        if found is None:
            raise UsageError(f"{path} was not submitted: extractor batch submit {path}")
        return found

    def _remember(self, path: Path, digest: str, file_id: str, batch_id: str) -> None:
        self._state = self._state.submitted(Submission(path.name, digest, self._who.url, file_id, batch_id))
        self._state.write(self._batch)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """The client's errors as ours: one line, without secrets."""
        import openai

        try:
            yield
        except openai.APITimeoutError:
            raise timed_out(self._who, _TIMEOUT_S) from None
        except openai.APIConnectionError as error:
            raise unreachable(self._who, error.__cause__) from None
        except openai.APIStatusError as error:
            answer = error.response
            raise status_failure(self._who, answer.status_code, answer.headers, answer.text) from None
        except OSError as error:
            raise UsageError(f"cannot be read: {error}") from error


def _client(url: str, key: str | None) -> openai.OpenAI:
    import openai

    client = openai.OpenAI(
        api_key=key or "none",  # the client insists on one
        base_url=url,
        timeout=_TIMEOUT_S,
        max_retries=2,
        http_client=openai.DefaultHttpxClient(timeout=_TIMEOUT_S, trust_env=not is_loopback(url)),
    )
    if "api.openai.com" not in url:
        client.organization = client.project = None
    return client


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()
