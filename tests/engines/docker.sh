#!/usr/bin/env bash
# The image built and the test profile run in it, with a Docker engine of its own and a base made here: no image registry is needed.
#     tests/engines/docker.sh         as root on Debian or Ubuntu; stops what it started, removes its folder (some 15 GB while it runs)
# PYTHON names an interpreter with the package; DISK a folder with room.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
say() { printf 'docker.sh: %s\n' "$*"; }
fail() { say "FAILED: $*"; exit 1; }

[ "$(id -u)" = 0 ] || fail 'needs root, to install and start the engine'
if ! { command -v dockerd && command -v debootstrap; } > /dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq > /dev/null
    apt-get install -y -qq --no-install-recommends docker.io debootstrap > /dev/null
fi
nextflow=$("$python" -m seq2exp_py.runtime.prepare)

dir=$(mktemp -d "${DISK:-/var/tmp}/seq2exp-docker.XXXXXX")
stop() {
    ! [ -e "$dir/docker.pid" ] || { kill "$(cat "$dir/docker.pid")" && tail --pid="$(cat "$dir/docker.pid")" -f /dev/null; } 2> /dev/null || true
    [ -n "${KEEP:-}" ] && say "kept $dir" || rm -rf "$dir"
}
trap stop EXIT

# No bridge and no rules of a firewall: neither is allowed inside many containers and virtual machines
export DOCKER_HOST=unix://$dir/docker.sock
dockerd --iptables=false --bridge=none --host "$DOCKER_HOST" --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" \
    ${STORAGE_DRIVER:+--storage-driver "$STORAGE_DRIVER"} > "$dir/dockerd.log" 2>&1 &
for _ in $(seq 60); do docker info > /dev/null 2>&1 && break || sleep 1; done
docker info > /dev/null 2>&1 || { tail -n 20 "$dir/dockerd.log"; fail 'dockerd does not start here'; }
say "dockerd $(docker version --format '{{.Server.Version}}') runs, storage $(docker info --format '{{.Driver}}')"

debootstrap --variant=minbase bookworm "$dir/base" > "$dir/debootstrap.log" || { tail -n 5 "$dir/debootstrap.log"; fail 'debootstrap'; }
if [ -n "${PIP_CERT:-}" ]; then # where a proxy of the site signs, its certificates must be known inside as well
    cp "$PIP_CERT" "$dir/base/etc/ssl/site.crt"
    export PIP_CERT=/etc/ssl/site.crt
fi
tar -C "$dir/base" -c . | docker import - seq2exp-base:test > /dev/null
rm -rf "$dir/base"
say "base imported: $(docker image inspect --format '{{.Size}}' seq2exp-base:test) bytes"

BASE=seq2exp-base:test IMAGE=seq2exp:test "$root/containers/build.sh" --network=host > "$dir/build.log" 2>&1 ||
    { tail -n 30 "$dir/build.log"; fail 'the image does not build'; }
say "image built: $(docker image inspect --format '{{.Size}} bytes, user {{.Config.User}}' seq2exp:test)"
[ "$(docker run --rm --network=none seq2exp:test id -un)" = seq2exp ] || fail 'the image runs as root'
docker run --rm --network=none seq2exp:test seq2exp --version

mkdir "$dir/run" && cd "$dir/run"
NXF_ANSI_LOG=false "$nextflow" run "$root" -profile docker,test --image seq2exp:test --outdir results > "$dir/nextflow.log" 2>&1 ||
    { tail -n 40 "$dir/nextflow.log"; fail 'the run'; }
[ -s results/multiqc/multiqc_report.html ] || fail 'no report'
grep -q 'docker run' "$(find work -name .command.run | head -n 1)" || fail 'the tasks did not run in containers'
say 'the test profile ran in the image and gave its report'
say PASSED
