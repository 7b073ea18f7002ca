"""The run folder: written durably, resumed exactly, read one line at a time. Knows nothing of models or prompts."""

from extractor.runs.answers import ANSWERS_FILE, AnswerIndex, AnswerLine, RequestDigester, RequestDigests
from extractor.runs.folder import Run, open_run
from extractor.runs.info import RUN_FILE, ArticleCounts, Digests, Identity, RunInfo, read_run, run_folder
from extractor.runs.provenance import code_digest
from extractor.runs.reading import read_extractions, read_failures
from extractor.runs.repeats import check_not_single, repeat_folder, repeat_folders, repeats_of, spent_beside
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
    "check_not_single",
    "code_digest",
    "open_run",
    "read_extractions",
    "read_failures",
    "read_run",
    "repeat_folder",
    "repeat_folders",
    "repeats_of",
    "run_folder",
    "spent_beside",
    "spent_on",
]
