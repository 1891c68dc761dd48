"""What these tests share with those of autotest/python."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))

from short import (  # noqa: E402, F401
    pytest_collection_modifyitems, pytest_configure)
