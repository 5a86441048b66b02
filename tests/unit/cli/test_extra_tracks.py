import pytest

from seq2exp_py.cli._extras import named
from seq2exp_py.errors import InputError


def test_a_track_has_a_name_and_a_file(tmp_path):
    (tmp_path / "a=b.bed").touch()
    assert named([f"own={tmp_path}/a=b.bed", f"other={tmp_path}/a=b.bed"]) == dict.fromkeys(("own", "other"), tmp_path / "a=b.bed")


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (["own"], "--extra-track 'own': expected NAME=PATH"),
        (["own="], "expected NAME=PATH"),
        (["=a.bed"], "expected NAME=PATH"),
        (["own=absent.bed"], "--extra-track 'own=absent.bed': there is no such file"),
        (["own=a.bed", "own=a.bed"], "another track is called own, too; give each a name of its own"),
    ],
)
def test_what_is_no_track_is_refused_in_one_sentence(tmp_path, monkeypatch, pairs, sentence):
    (tmp_path / "a.bed").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=sentence):
        named(pairs)
