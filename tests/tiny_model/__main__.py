"""`python -m tests.tiny_model PATH.gguf`: a model that knows nothing, to see what the local engine does with one."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.extractor.backends.local_model import make_model

parser = argparse.ArgumentParser(description="Write a tiny GGUF model with random weights, 3 MB.")
parser.add_argument("path", type=Path, help="the file to write, ending in .gguf")
make_model(parser.parse_args().path)
