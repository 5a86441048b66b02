import tempfile
from pathlib import Path

from benchmarks import start_task
from benchmarks.row import Result, Row

ROW = Row("start of the training of gbm, of which scikit-learn's import is more than half", "s", 1.2, 0.7)


def measure() -> Result:
    with tempfile.TemporaryDirectory() as name:
        words = start_task.prepared(Path(name))[start_task.OWN_ROW]
        return start_task.slowest({start_task.OWN_ROW: words}, Path(name))
