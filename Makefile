# make demo   everything set up, a simulated cell type through the whole pipeline, and where to look
# make test   everything that CI runs
VENV   := .venv
PYTHON ?= python3
PY     := $(VENV)/bin/python
UV     := $(VENV)/bin/python -m uv
SHELL  := bash
export OMP_NUM_THREADS ?= 1
# What Python has compiled is kept, whatever the environment says: else every task compiles all of torch anew
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test chaos peaks lint audit bench image schema lock clean
help:
	@sed -n 's/^# make/make/p' Makefile

# The environment is made again when what is pinned or the package's metadata change
$(VENV)/stamp-run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": make demo PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check "uv>=0.5"
	$(UV) pip install --quiet --require-hashes -r requirements.lock
	$(UV) pip install --quiet --no-deps --editable .
	@touch $@
	@$(PY) -c 'import multiqc, torch' > /dev/null 2>&1 & # Python compiles them while the first tasks run

$(VENV)/stamp-dev: $(VENV)/stamp-run requirements-dev.lock
	$(UV) pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/stamp-run
	@$(VENV)/bin/seq2exp setup > /dev/null
	@mkdir -p demo
	cd demo && ../$(VENV)/bin/seq2exp run --simulate demo --genome sim --preset tiny --models seq2exp_soft,caduceus_signals,ridge \
	    --outdir results --trace_report_suffix demo --resume
	@$(PY) tools/tour.py demo/results

test: $(VENV)/stamp-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/seq2exp setup
	$(VENV)/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder

# make chaos  what takes too long for `make test`: random kills of a run, each followed by -resume; a hundred cells in one run
chaos: $(VENV)/stamp-dev
	$(VENV)/bin/seq2exp setup
	$(VENV)/bin/pytest -m slow tests/pipeline

# make peaks  MACS3 beside the rest, for its row and its tests; it comes as source, so a C compiler is needed
peaks: $(VENV)/stamp-run
	$(UV) pip install --quiet --require-hashes --no-deps -r requirements-peaks.lock

# make lint   nf-core's rules for pipelines, in an environment of its own
lint: $(VENV)/stamp-run
	@test -x .nfcore/bin/nf-core || ($(PYTHON) -m venv .nfcore && .nfcore/bin/pip install --quiet nf-core==4.2.1 check-jsonschema)
	NFCORE_PYTHON=.nfcore/bin/python NFCORE_NEXTFLOW=$$($(VENV)/bin/seq2exp setup) tests/pipeline/nfcore_lint.sh . --local --show

# make audit  known vulnerabilities of the pinned packages, where a database of them can be reached
audit: $(VENV)/stamp-run
	@test -x .audit/bin/pip-audit || ($(PYTHON) -m venv .audit && .audit/bin/pip install --quiet "pip-audit>=2.9,<3")
	$(PY) tools/audit.py .audit/bin/pip-audit requirements.lock requirements-peaks.lock

# make bench  benchmarks/results
bench: $(VENV)/stamp-dev
	$(PY) -m benchmarks

# make image  the container image of -profile docker, podman, apptainer
image:
	containers/build.sh

# make schema what is generated: nextflow_schema.json, nextflow.config's params, assets/schema_input.json, the modules' environment.yml, docs/usage.md's notes, the crate
schema: $(VENV)/stamp-run
	$(PY) -m seq2exp_py.runtime.schema

# make lock   requirements*.lock, the pinned versions and their checksums
lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	    pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	    --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	printf 'macs3>=3.0.3,<3.1\ncykhash\nhmmlearn\n' | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --no-deps - -c requirements.lock -o requirements-peaks.lock

clean:
	rm -rf $(VENV) demo
