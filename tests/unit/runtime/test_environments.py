"""The conda environments say what pyproject.toml says."""

import pytest

from seq2exp_py.runtime import environments


@pytest.mark.parametrize(
    ("given", "wanted"), [("torch>=2.4", "pytorch>=2.4"), ("pyBigWig >= 0.3", "pybigwig>=0.3"), ("a>=1,<2", "a>=1,<2")]
)
def test_a_requirement_is_written_as_conda_writes_it(given, wanted):
    assert environments.conda(given) == wanted


def test_every_module_has_the_packages_of_python_and_those_that_call_peaks_have_macs3(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["torch>=2"]\n[project.optional-dependencies]\npeaks = ["macs3>=3"]\n'
    )
    for name in ("call/peaks", "train"):
        (tmp_path / "modules/local" / name).mkdir(parents=True)
        (tmp_path / "modules/local" / name / "environment.yml").touch()
    peaks, train = environments.environments(tmp_path).values()
    assert train.endswith("  - bedtools=2.31.1\n  - python=3.11\n  - pytorch>=2\n  - pip\n")
    assert "  - macs3>=3\n" in peaks
