#!/usr/bin/env bash
# Fill .gpu/ with what a machine with a card but without network lacks (`benchmarks/gpu.sh` uses it, git ignores it):
#   wheels   packages that training imports, at the versions of requirements.lock, for Python 3.12 on Linux (x86-64)
#   sources  mamba_ssm and causal_conv1d as published
#   peer     their extensions for sm_90, with --peer: minutes on two cores; made for the Python and torch of $PEER_PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
names="annotated-types pydantic pydantic-core tqdm typing-inspection"
pinned=$(for name in $names; do grep -oE "^$name==[^ ]+" requirements.lock; done)

rm -rf .gpu/wheels .gpu/sources
mkdir -p .gpu/wheels .gpu/sources
"$PYTHON" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    -d .gpu/wheels $pinned einops==0.8.2
"$PYTHON" -c 'import sys; from pathlib import Path; from benchmarks.card.build_peer import downloaded; downloaded(Path(sys.argv[1]))' \
    .gpu/sources || echo "mamba_ssm's sources cannot be had: its row will be skipped"
if [ "${1:-}" = --peer ]; then
    nice "${PEER_PYTHON:?a Python 3.12 with the torch of that machine}" -m benchmarks.card.build_peer .gpu/peer --sources .gpu/sources
    rm -rf .gpu/peer.build
fi
kilobytes=$(du -sk --exclude=.gpu/peer.build .gpu | cut -f1)
[ "$kilobytes" -lt 57344 ] || { echo ".gpu has $kilobytes kB, more than the 56 MB that travel beside the project"; exit 1; }
ls -R .gpu | head -30
