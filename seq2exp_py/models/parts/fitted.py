"""What every model is that is fitted to a table in one step, by NumPy and on the CPU."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.models.parts.table import Floats, TableConfig

NO_START = "this model is fitted in one step and has no start; leave out --init-from"


class Fitted:
    """Base of the models that are no network: `config` says what one is, `fit` finds its `values`, which its checkpoint holds.

    Attributes:
        values: arrays by name, of the shapes and types that they keep.
    """

    def __init__(self, config: TableConfig, values: dict[str, NDArray[Any]]):
        self.config, self.values = config, values

    def fit(self, rows: Floats, target: Floats) -> None:
        """Estimate the values from a table, (n, columns), and (n,) log10(expression + 1)."""
        raise NotImplementedError

    def predict(self, rows: Floats) -> Floats:
        """(n, columns) table -> (n,) predicted log10(expression + 1)."""
        raise NotImplementedError

    def fill(self, values: dict[str, NDArray[Any]], source: Path) -> None:
        """Take the values of a checkpoint.

        Raises:
            InputError: names, shapes or types differ.
        """
        lacking = sorted(self.values.keys() ^ values.keys())
        wrong = lacking or [k for k, v in self.values.items() if (v.shape, v.dtype) != (values[k].shape, values[k].dtype)]
        if wrong:
            raise InputError(
                f"{source}: the weights do not fit the model; use the same model, preset and tracks ({', '.join(wrong)})"
            )
        self.values = values
