"""Learning curves of the checkpoints, in one table."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError

WHO = ("model", "cell", "seed")


def curves(checkpoints: Sequence[Path]) -> pd.DataFrame:
    """One row per epoch of every checkpoint: model, cell (joined by + for several), seed, and the columns of its metrics.csv.

    Args:
        checkpoints: folders of `seq2exp train`; one without metrics.csv (a model that is not trained by epochs) adds nothing.

    Raises:
        InputError: where a folder is no checkpoint.
    """
    tables = [pd.DataFrame(columns=list(WHO))]
    for folder in checkpoints:
        try:
            config = json.loads((folder / "config.json").read_text())
            who = {"model": config["model"], "cell": "+".join(config["cells"]), "seed": int(config["seed"])}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder}: no readable config.json of a checkpoint ({error}): give a folder of seq2exp train"
            ) from None
        path = folder / "metrics.csv"
        if path.is_file() and path.stat().st_size:
            tables.append(pd.read_csv(path).assign(**who))
    return pd.concat(tables, ignore_index=True)
