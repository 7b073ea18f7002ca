"""Batches: requests written to files in OpenAI's batch format, answers read back from whoever answered them.

Writing and reading both run the engine's own way of an article over the answers that are there; where the next one is
missing, its request goes into a file. So what comes out is what the online path makes of the same answers.
"""

from extractor.batch.files import Batch, BatchState, parts_of
from extractor.batch.hosted import BatchClient, Submitted
from extractor.batch.reading import BatchReport, ReadJob, read_batch
from extractor.batch.writing import WriteJob, Written, write_batch

__all__ = [
    "Batch",
    "BatchClient",
    "BatchReport",
    "BatchState",
    "ReadJob",
    "Submitted",
    "WriteJob",
    "Written",
    "parts_of",
    "read_batch",
    "write_batch",
]
