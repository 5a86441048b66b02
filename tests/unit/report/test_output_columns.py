"""docs/output.md names the columns of files without a header, and of tables that not every run has."""

import re
from pathlib import Path

from seq2exp_py.annotate import elements, links
from seq2exp_py.evaluate import unseen
from seq2exp_py.evaluate.pair_scores import DIFFERENCES, FIGURES

PAGE = (Path(__file__).parents[3] / "docs" / "output.md").read_text()


def test_columns_of_the_page_are_those_of_the_files():
    words = set(re.findall(r"\w+", PAGE))
    assert set(elements.COLUMNS[9:]) | set(links.BEDPE) | set(FIGURES) | set(DIFFERENCES) | set(unseen.COLUMNS) <= words


def test_the_python_of_the_page_names_the_columns_of_elements_in_order():
    named = re.search(r'names = "([^"]+)"', PAGE)
    assert named and named[1].split() == elements.COLUMNS
