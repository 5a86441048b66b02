"""Tracks of the user's own in the genome browsers of a run."""

import json
import re

import pyBigWig
import pytest

pytestmark = pytest.mark.pipeline


def test_own_tracks_are_shown_and_make_nothing_but_the_check_the_browsers_and_the_report_anew(resumable, pipeline, tmp_path):
    (tmp_path / "a b.bedpe").write_text("chr1\t50000\t50500\tchr1\t90000\t90001\tpair\n")
    (tmp_path / "mine.bed").write_text("chr2\t1000\t2000\tfirst\n")
    own = f"CRISPRi pairs={tmp_path}/a b.bedpe,mine={tmp_path}/mine.bed"
    done = pipeline(resumable, "-profile", "test", "-resume", "--outdir", str(tmp_path / "results"), "--extra_track", own)
    assert done.returncode == 0, done.stdout[-3000:]
    anew = set(re.findall(r"Submitted process > \S+:(\w+)", done.stdout))
    assert anew == {"CHECK", "HUB", "IGV", "REPORT", "MULTIQC"}  # the report says what the check took
    with pyBigWig.open(str(tmp_path / "results/hub/extra/CRISPRix20pairs.bb")) as file:
        assert [(start, end) for start, end, _ in file.entries("chr1", 0, 200_000)] == [(50_000, 90_001)]
    page = json.loads((tmp_path / "results/igv/page.json").read_text())
    urls = {track["name"]: track["url"] for track in page["tracks"] if track["kind"].startswith("extra")}
    assert set(urls) == {"CRISPRi pairs", "mine"}
    assert all((tmp_path / "results/igv" / url).is_file() for url in urls.values())
    assert "bigDataUrl extra/mine.bb" in (tmp_path / "results/hub/hub.txt").read_text()
