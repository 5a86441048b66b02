"""What docs/output.md says about the files holds: its Python runs, its columns are those written."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from results_fixtures import cell_store, genome_store, prediction

from seq2exp_py.annotate import elements, expression, links
from seq2exp_py.annotate.run import annotate
from seq2exp_py.evaluate.run import evaluate

PAGE = (Path(__file__).parents[3] / "docs" / "output.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with results/ as the pipeline publishes them."""
    folder = tmp_path_factory.mktemp("page")
    ours = [prediction(folder / f"p{s}", seed=s) for s in (1, 2)]
    annotate(
        genome_store(folder / "genome"), cell_store(folder / "cell"), ours, folder / "results" / "K562", elements.Rules(), 100.0
    )
    evaluate(
        [*ours, prediction(folder / "ridge", model="ridge", masked=False)], folder / "results" / "evaluation", ["ridge"], None, 100
    )
    return folder


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_python_of_the_page_runs(place, number):
    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", SNIPPETS[number]], cwd=place, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_page_has_python_for_every_kind_of_file():
    assert len(SNIPPETS) >= 4
    for ending in (".max.bw", ".bed", ".bb", ".bedpe", ".expression.tsv", ".htseq.txt", "summary.tsv"):
        assert any(ending in s for s in SNIPPETS), ending


def test_every_published_file_is_on_the_page(place):
    for path in (place / "results").rglob("*.*"):
        name = str(path.relative_to(place / "results")).replace("K562.seq2exp_soft", "<cell>.<model>").replace("K562/", "<cell>/")
        assert f"`{name}`" in PAGE, name


def test_columns_of_the_page_are_those_of_the_files():
    for column in elements.COLUMNS[9:]:
        assert f" {column} " in PAGE or f"{column}," in PAGE or f", {column}" in PAGE, column
    for column in [*expression.COLUMNS, *links.BEDPE]:
        assert column in PAGE, column
    assert pd.Series(elements.COLUMNS).is_unique
