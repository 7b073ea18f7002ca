"""What the commands `extractor batch …` do and say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

import typer

from extractor.batch import BatchClient, BatchReport, ReadJob, Submitted, Written, parts_of
from extractor.cli.running import OK, SOME_FAILED

_POLL_S = 60.0
_SHOWN = 5


def tell_written(written: Written) -> int:
    """Say what was written; exit code 1 when some articles get no request."""
    for article_id, reason in islice(written.refused.items(), _SHOWN):
        _say(f"failed: {reason}" if reason.startswith(article_id) else f"failed: {article_id}: {reason}")
    if len(written.refused) > _SHOWN:
        _say(f"failed: and {len(written.refused) - _SHOWN} more; the run will name them")
    _say(f"{_counted(written.requests, 'request')} for {_counted(written.articles, 'article')}")
    if not written.sends_temperature:
        _say("no temperature is sent: the model takes none")
    for path in (*written.files, written.manifest):
        typer.echo(str(path))
    return SOME_FAILED if written.refused else OK


def submit_round(client: BatchClient, requests: Path, *, again: bool) -> int:
    """Submit all files of a round."""
    for path in parts_of(requests):
        found = client.submit(path, again=again)
        typer.echo(_line(found) + ("" if found.new else "; submitted before"))
    return OK


def show_status(client: BatchClient, requests: Path) -> int:
    """Say how the files of a round are doing."""
    return _told([client.status(path) for path in parts_of(requests)])


def fetch_round(
    client: BatchClient,
    requests: Path,
    output: Path | None,
    *,
    wait: bool,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Download what has ended of a round."""
    parts = parts_of(requests)
    while wait and not all(client.status(path).ended for path in parts):
        sleep(_POLL_S)
    target, found = client.fetch(requests, parts, output)
    code = _told(found)
    if target is None:
        _say("no answers yet")
        return SOME_FAILED
    typer.echo(str(target))
    return code


def tell_read(job: ReadJob, report: BatchReport, program: str) -> int:
    """Say what a reading came to; exit code 1 when articles failed or wait."""
    for line in _about_answers(report):
        _say(line)
    failed = sum(report.failed.values())
    parts = [f"{report.done} done", f"{failed} failed" + _by_kind(report.failed)]
    if report.waiting:
        parts.append(f"{report.waiting} waiting: {report.reasks} to ask again, {report.unanswered} not answered")
    _say("; ".join(parts))
    for folder in report.folders:
        _say(f"run: {folder}")
    if report.next_files:
        _say(f"next: have {' '.join(map(str, report.next_files))} answered, then")
        _say(f"  {program} batch read ANSWERS --requests {report.next_files[0]} --run {job.folder}" + _who(job))
    return SOME_FAILED if failed or report.waiting else OK


def _about_answers(report: BatchReport) -> Iterable[str]:
    tally = report.tally
    yield f"{_counted(tally.lines, 'line')} of answers"
    if tally.duplicates:
        yield f"  {_counted(tally.duplicates, 'answer')} to a request that has one: the first counts"
    if tally.errors:
        yield f"  {_counted(sum(tally.errors.values()), 'error')} in place of answers{_by_kind(tally.errors)}"
    if report.unknown:
        shown = ", ".join(report.unknown[:_SHOWN]) + (", …" if len(report.unknown) > _SHOWN else "")
        yield f"  {_counted(len(report.unknown), 'answer')} to no request that waits for one: {shown}"
    if tally.unreadable:
        yield f"  {_counted(tally.unreadable, 'line')} without an answer: {'; '.join(tally.broken)}"


def _by_kind(kinds: dict[str, int]) -> str:
    return f" ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))})" if kinds else ""


def _who(job: ReadJob) -> str:
    return f" --backend {job.backend}" if job.backend else ""


def _told(found: Sequence[Submitted]) -> int:
    for one in found:
        typer.echo(_line(one))
        for error in one.errors[:_SHOWN]:
            _say(f"  {error}")
    return OK if all(one.ended for one in found) else SOME_FAILED


def _line(one: Submitted) -> str:
    failed = f", {one.failed} with an error" if one.failed else ""
    return f"{one.file}: {one.batch_id}: {one.status}, {one.done} of {one.total} answered{failed}"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'s' * (count != 1)}"


def _say(line: str) -> None:
    typer.echo(line, err=True)
