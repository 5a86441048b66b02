import json
from pathlib import Path

import pytest

from seq2exp_py.cli import plan, prepare_genome
from seq2exp_py.cli.run import options
from seq2exp_py.errors import InputError
from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.models import MODELS, PRESETS
from seq2exp_py.models.options import TrainOptions
from seq2exp_py.models.rows import BY_ODDS, UNTRAINED
from seq2exp_py.runtime import launch, schema
from seq2exp_py.runtime.params import PipelineParams
from seq2exp_py.tracks.options import CellOptions, CheckOptions, FetchOptions

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
        ({"simulate": "tiny", "per_gene": 5, "keep": 0.01}, "--per_gene and --keep both say how many elements there are"),
        ({"simulate": "tiny", "keep": 1.0}, "--keep '1.0': Input should be less than 1"),
        ({"simulate": "tiny", "input": "tiny.csv"}, "leave one of them out"),
    ],
)
def test_bad_parameters_are_refused_before_nextflow_starts(given, words):
    with pytest.raises(InputError) as error:
        launch.check(given, [])
    assert words in str(error.value)


def test_an_address_in_the_samplesheet_is_left_to_nextflow_which_downloads_it(tmp_path):
    for name in ("genome.fa", "genes.gtf"):
        (tmp_path / name).touch()
    given = {"input": str(tmp_path / "s.csv"), "fasta": str(tmp_path / "genome.fa"), "gtf": str(tmp_path / "genes.gtf")}
    (tmp_path / "s.csv").write_text("cell,assay,path\nK562,DNase,https://example.org/a.bw\n")
    launch.check(given, [])
    (tmp_path / "s.csv").write_text("cell,assay,path\nK562,HiC,absent.mcool::/resolutions/5000\n")
    with pytest.raises(InputError, match="does not exist"):
        launch.check(given, [])


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


def test_lists_of_models_in_the_pipeline_are_the_packages():
    script = schema.with_rows("def UNTRAINED() { [] }\ndef BY_ODDS() { ['x'] }\n")
    assert script == f"def UNTRAINED() {{ {list(UNTRAINED)} }}\ndef BY_ODDS() {{ {list(BY_ODDS)} }}\n"


def test_arguments_are_written_as_nextflow_reads_them():
    assert launch.arguments({"seeds": 2, "allow_unmeasured": True, "cells": "A,B"}) == [
        *("--seeds", "2"),
        *("--allow_unmeasured", "true"),
        *("--cells", "A,B"),
    ]


@pytest.mark.parametrize("stage", [CheckOptions, GenomeOptions, CellOptions, TrainOptions, FetchOptions])
def test_a_command_of_a_stage_says_of_an_option_what_the_pipeline_says(stage):
    """Some names differ, and what only a stage or only the pipeline knows stays its own."""
    named = {"genes": "gtf", "samplesheet": "input"}
    own = {"cells", "extra", "device", "name"} | ({"genome", "cell"} if stage is CellOptions else set())
    for name in stage.model_fields.keys() - own:
        field, of_run = stage.model_fields[name], PipelineParams.model_fields[named.get(name, name)]
        assert field.description == of_run.description
        assert of_run.default in (field.get_default(), None)


def test_an_option_that_does_not_fit_is_named_as_the_command_line_names_it():
    with pytest.raises(InputError, match="--contact-scaling 'log': Input should be 'powerlaw' or 'raw'"):
        CellOptions(samplesheet="s.csv", genome="g", cell="K", contact_scaling="log")
    with pytest.raises(InputError, match="--input 'None'"):
        CellOptions(samplesheet=None, genome="g", cell="K")


def test_a_number_is_asked_for_within_its_bounds_and_a_choice_by_its_names():
    made = {parameter.name: parameter for parameter in prepare_genome.command.params}
    assert (made["min_sequence"].type.min, made["min_sequence"].type.max, made["min_sequence"].default) == (0, 1, 0.95)
    assert list(made["chromosomes"].type.choices) == ["exact", "match"] and made["chromosomes"].default == "exact"
    assert made["fasta"].required and not made["sizes"].required
    assert [parameter.name for parameter in plan.command.params if parameter.name in PipelineParams.model_fields] == [
        *("cells", "seeds", "gpus", "models", "preset", "contacts"),
    ]
