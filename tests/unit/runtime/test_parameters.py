import json
import re
from pathlib import Path

import pytest

from seq2exp_py.cli.run import options
from seq2exp_py.errors import InputError
from seq2exp_py.models import MODELS, PRESETS
from seq2exp_py.models.rows import BY_ODDS
from seq2exp_py.runtime import launch, schema
from seq2exp_py.runtime.params import PipelineParams

ROOT = Path(__file__).parents[3]


def test_generated_files_are_up_to_date():
    for path, text in schema.generated(ROOT).items():
        assert path.read_text() == text, f"{path.name}: run `make schema`"


def test_schema_is_valid_json_schema_and_accepts_the_defaults():
    import jsonschema

    loaded = json.loads((ROOT / "nextflow_schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(loaded)
    defaults = {name: value for name, value in PipelineParams(outdir="results").model_dump().items() if value is not None}
    jsonschema.validate(defaults, loaded)


def test_names_of_models_and_presets_are_those_of_the_package():
    assert schema.parameters()["models"]["examples"] == ["all", *MODELS]
    assert schema.parameters()["preset"]["enum"] == list(PRESETS)
    assert schema.parameters()["preset"]["windows"] == {name: preset["window"] for name, preset in PRESETS.items()}


def test_run_has_an_option_for_every_parameter():
    assert {option.name for option in options()} == set(PipelineParams.model_fields) - {"help", "version"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "--input is missing"),
        ({"outdir": "out", "simulate": "tiny", "seeds": 0}, "--seeds '0'"),
        ({"outdir": "out", "simulate": "tiny", "seed_s": 1}, "--seed_s"),
        (
            {"outdir": "out", "simulate": "tiny", "models": "ridge, rigde"},
            "there is no rigde: did you mean ridge? choose among all,",
        ),
        (
            {"simulate": "tiny", "window": 20_000, "preset": "tiny"},
            "--window is 20000, and models of --preset tiny read",
        ),
        ({"simulate": "tiny", "window": 32_001}, "--window '32001'"),
        ({"simulate": "tiny", "splits": "train=chr1;valid=chr1"}, "chr1 is given to both train and valid"),
        ({"simulate": "tiny", "extra_track": "pairs=absent.bed"}, "--extra_track 'pairs=absent.bed': there is no such file"),
        ({"simulate": "tiny", "extra_track": "pairs.bed"}, "--extra_track 'pairs.bed'"),
        ({"outdir": "out", "simulate": "tiny", "fasta": "absent.fa"}, "--fasta 'absent.fa': there is no such file"),
    ],
)
def test_bad_parameters_are_refused_before_nextflow_starts(given, words):
    with pytest.raises(InputError) as error:
        launch.check(given, [])
    assert words in str(error.value)


@pytest.mark.parametrize("field", ["cells", "train_cells"])
def test_names_may_have_spaces_between_them(field):
    assert launch.names(getattr(PipelineParams(**{field: "K562, HepG2 ,K562"}), field)) == ["K562", "HepG2"]


def test_a_narrow_window_is_the_users_own_where_train_args_set_it():
    assert not PipelineParams(window=20_000, preset="tiny", train_args="--set window=20000").contradictions()


@pytest.mark.parametrize(
    ("given", "fits"),
    [({}, False), ({"pretrain": True}, True), ({"simulate": "tiny"}, True), ({"simulate": "tiny", "pretrain": False}, False)],
)
def test_p_can_be_asked_for_where_it_is_learned(given, fits):
    assert (not PipelineParams(sequence="pretrained", **given).contradictions()) == fits


def test_rows_that_p_may_multiply_are_the_same_in_the_pipeline():
    said = re.search(r"def BY_ODDS\(\) \{ \[(.*?)\] \}", (ROOT / "subworkflows/local/utils_tasks/main.nf").read_text())[1]
    assert tuple(said.replace("'", "").split(", ")) == BY_ODDS


def test_arguments_are_written_as_nextflow_reads_them():
    assert launch.arguments({"seeds": 2, "allow_unmeasured": True, "cells": "A,B"}) == [
        *("--seeds", "2"),
        *("--allow_unmeasured", "true"),
        *("--cells", "A,B"),
    ]
