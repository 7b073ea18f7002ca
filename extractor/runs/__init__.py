"""The run folder: written durably, resumed exactly, read one line at a time. Knows nothing of models or prompts."""

from extractor.runs.answers import ANSWERS_FILE, AnswerIndex, AnswerLine, RequestDigester, RequestDigests
from extractor.runs.folder import Run, open_run
from extractor.runs.info import RUN_FILE, ArticleCounts, Digests, Identity, RunInfo, read_run, run_folder
from extractor.runs.provenance import code_digest
from extractor.runs.reading import read_extractions, read_failures
from extractor.runs.spending import Cause, Spend, Spent, spent_on

__all__ = [
    "ANSWERS_FILE",
    "RUN_FILE",
    "AnswerIndex",
    "AnswerLine",
    "ArticleCounts",
    "Cause",
    "Digests",
    "Identity",
    "RequestDigester",
    "RequestDigests",
    "Run",
    "RunInfo",
    "Spend",
    "Spent",
    "code_digest",
    "open_run",
    "read_extractions",
    "read_failures",
    "read_run",
    "run_folder",
    "spent_on",
]
