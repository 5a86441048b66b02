"""Figures that others published for this task, to be laid beside measured ones and never mixed with them."""

from importlib.resources import as_file, files

import pandas as pd

NOTE = "published, full data"


def load() -> pd.DataFrame:
    """The published table: source, model, cell, mse, mse_sd, mae, mae_sd, pearson, pearson_sd, mask_ratio.

    Test genes of chr22 and chrX, log10(CAGE + 1). The cell labels are those of the Seq2Exp paper's own tables.
    """
    with as_file(files("seq2exp_py.evaluate") / "published.tsv") as path:
        return pd.read_csv(path, sep="\t").rename(columns={"#source": "source"}).drop_duplicates(["model", "cell"])
