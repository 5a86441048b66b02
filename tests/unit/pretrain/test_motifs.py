"""Matrices of found motifs, and their names."""

import numpy as np
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.pretrain import motifs
from seq2exp_py.pretrain.motifs import Motif


def of(word: str, sharp: float = 0.91) -> np.ndarray:
    table = np.full((len(word), 4), (1 - sharp) / 3)
    table[np.arange(len(word)), ["ACGT".index(base) for base in word]] = sharp
    return table


KNOWN = [Motif("GATA1", of("AGATAAGG"), 0), Motif("AP1", of("TGACTCA"), 0)]


def test_written_motifs_are_read_back(tmp_path):
    motifs.write(tmp_path / "m.meme", [Motif("one", of("GGAGATAAGGCC"), 30)], KNOWN)
    assert "MOTIF one GATA1(" in (tmp_path / "m.meme").read_text()
    (back,) = motifs.read(tmp_path / "m.meme")
    np.testing.assert_allclose(back.shares, of("GGAGATAAGGCC"), atol=1e-6)


def test_a_motif_is_known_on_either_strand_and_where_it_is_shifted():
    assert motifs.best_known(Motif("x", of("CCTTATCT"), 9), KNOWN).startswith("GATA1(1.00")
    assert motifs.best_known(Motif("x", of("AATGACTCAGG"), 9), KNOWN).startswith("AP1(")
    assert motifs.likeness(of("TGACTCA"), of("AAAAAAA")) < 0.6


def test_without_known_motifs_there_is_no_name(tmp_path):
    motifs.write(tmp_path / "m.meme", [Motif("one", of("ACGTA"), 30)])
    assert "MOTIF one\n" in (tmp_path / "m.meme").read_text()


def test_what_holds_no_motif_is_refused(tmp_path):
    (tmp_path / "m.meme").write_text("MEME version 4\n")
    with pytest.raises(InputError, match="no motif in it"):
        motifs.read(tmp_path / "m.meme")
    with pytest.raises(InputError, match="no such file"):
        motifs.read(tmp_path / "absent.meme")
