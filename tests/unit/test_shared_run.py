"""The finished run that the tests of the pipeline share: made once, and never half made."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "pipeline" / "conftest.py"


@pytest.fixture(scope="module")
def shared():
    spec = importlib.util.spec_from_file_location("shared_run", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_that_ask_at_once_get_one(shared, tmp_path):
    made = []
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: shared.made_once(tmp_path / "a", made.append), range(2)))
    assert found == [tmp_path / "a"] * 2 and made == [tmp_path / "a"]


def test_one_half_made_is_never_used(shared, tmp_path):
    def breaks(folder):
        (folder / "half").touch()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        shared.made_once(tmp_path / "a", breaks)
    assert not (shared.made_once(tmp_path / "a", lambda folder: None) / "half").exists()
