#!/usr/bin/env bash
# Build the image of -profile docker, podman, apptainer: [IMAGE=…] [BASE=…] [MAMBA=1] [ENGINE=podman] containers/build.sh [engine's options]
# Where pip needs a mirror, a trusted host or a certificate, its PIP_ variables are passed on to the first stage and are not in the image.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n "s/^ *version *= '\(.*\)'/\1/p" nextflow.config)
image=${IMAGE:-seq2exp:$version}
arguments=()
for name in BASE MAMBA PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_CERT http_proxy https_proxy no_proxy; do
    [ -z "${!name:-}" ] || arguments+=(--build-arg "$name") # the value is taken from the environment
done
# Exactly these files are the context, wherever the repository is
tar -c --exclude=__pycache__ --exclude='*.so' containers/Dockerfile requirements.lock requirements-peaks.lock pyproject.toml README.md LICENSE seq2exp_py |
    "${ENGINE:-docker}" build --file containers/Dockerfile --tag "$image" "${arguments[@]}" \
        --build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD 2> /dev/null || echo unknown)" "$@" -
echo "built $image"
