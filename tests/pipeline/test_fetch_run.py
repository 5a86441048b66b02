"""`--cells` without --input: the public files, or one message that says which and where to put them."""

import pytest

pytestmark = pytest.mark.pipeline
HEAD = "cell,assay,accession,urls,name,assembly,output_type,format,size,md5\n"
URL = "https://files.invalid"  # a name that no network resolves (RFC 2606)
FILES = {"*,fasta": "g.fa.gz", "*,genes": "g.gtf.gz", "K562,DNase": "d.bigWig"}
FORMATS = {"*,fasta": "fasta", "*,genes": "gtf", "K562,DNase": "bigwig"}
ROWS = "".join(f"{what},X,{URL}/{name},{name},hg38,values,{FORMATS[what]},,\n" for what, name in FILES.items())


@pytest.fixture
def options(tmp_path):
    (tmp_path / "catalogue.csv").write_text(HEAD + ROWS)
    return ["--catalogue", "catalogue.csv", "--cache_dir", str(tmp_path / "a cache"), "--outdir", "results"]


def test_fetched_cells_go_through_the_pipeline_with_the_assembly_that_is_theirs(options, pipeline, tmp_path):
    (tmp_path / "catalogue.csv").write_text(HEAD + ROWS.replace("hg38", "mm10"))
    done = pipeline(tmp_path, *options, "--cells", "K562,H1", "--models", "ridge", "-stub-run")
    assert done.returncode == 0, done.stdout
    for task in ("FETCH (mm10)", "PREPARE_CELL (K562)", "PREPARE_CELL (H1)", "TRAIN (H1.ridge.1)", "HUB (mm10)"):
        assert task in done.stdout


def test_without_a_network_one_message_names_each_file_and_its_place(options, pipeline, tmp_path):
    done = pipeline(tmp_path, *options, "--cells", "K562")
    assert done.returncode == 2
    assert f"put them into {tmp_path / 'a cache'}" in done.stdout
    for name in ("g.fa.gz", "g.gtf.gz", "d.bigWig"):
        assert f"{name}  (" in done.stdout
    assert "FETCH (hg38)" in done.stdout and "PREPARE_GENOME" not in done.stdout


def test_the_cells_of_the_catalogue_are_listed(pipeline, tmp_path):
    done = pipeline(tmp_path, "--list_cells")
    assert done.returncode == 0, done.stdout
    assert "K562                 hg38   H3K27ac, DNase, HiC, expression" in done.stdout
    assert "ES-E14               mm10" in done.stdout
