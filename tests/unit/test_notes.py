from seq2exp_py import notes
from seq2exp_py.notes import Note, kept


def test_a_note_is_printed_where_nobody_keeps_it(capsys):
    Note.NO_EXONS.add(path="g.bed")
    assert capsys.readouterr().err == "note: g.bed: has no exons: the mRNA features are 0; give --features to have them\n"


def test_kept_notes_stand_once_each_and_inner_ones_apart(capsys):
    with kept() as outer:
        Note.NO_HIC.add(path="s.csv", cell="A")
        with kept() as inner:
            Note.NO_HIC.add(path="s.csv", cell="B")
        Note.NO_HIC.add(path="s.csv", cell="A")
    assert [line.split(" has ")[0] for line in outer] == ["s.csv: cell A"] and len(inner) == 1
    assert capsys.readouterr().err == ""


def test_every_kind_has_a_row_of_the_table_with_its_facts_marked():
    rows = notes.table().splitlines()
    assert len(rows) == 2 + len(Note) == 2 + len({(note.about, note.sentence) for note in Note})
    assert "| samplesheet | _PATH_: cell _CELL_ has no HiC; its contacts follow the power law |" in rows
