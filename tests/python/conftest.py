"""What all tests share: the root of the project is importable, so that tests can share helpers by their full name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
