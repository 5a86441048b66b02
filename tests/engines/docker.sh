#!/usr/bin/env bash
# The image built and the test profile run in it, with a Docker engine of its own and a base made here: no image registry is needed.
#     tests/engines/docker.sh         as root on Debian or Ubuntu; stops what it started, removes its folder (25 GB while it runs)
# PYTHON names an interpreter with the package; DISK a folder with room.
set -euo pipefail
source "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || skip 'needs root, to install and start the engine'
{ command -v dockerd && command -v debootstrap; } > /dev/null || packages docker.io debootstrap
nextflow=$("${python%/*}/seq2exp" setup)

dir=$(mktemp -d "${DISK:-/var/tmp}/seq2exp-docker.XXXXXX")
stop() {
    docker ps --quiet 2> /dev/null | xargs --no-run-if-empty docker kill > /dev/null 2>&1 || true
    end "$dir"
    grep -o " $dir/[^ ]*" /proc/mounts | sort -r | xargs --no-run-if-empty umount 2> /dev/null || true
    [ -n "${KEEP:-}" ] && say "kept $dir" || rm -rf --one-file-system "$dir"
}
trap stop EXIT

# No bridge and no rules of a firewall: neither is allowed inside many containers and virtual machines
export DOCKER_HOST=unix://$dir/docker.sock
dockerd --iptables=false --bridge=none --host "$DOCKER_HOST" --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" \
    ${STORAGE_DRIVER:+--storage-driver "$STORAGE_DRIVER"} > "$dir/dockerd.log" 2>&1 &
for _ in $(seq 60); do docker info > /dev/null 2>&1 && break || sleep 1; done
docker info > /dev/null 2>&1 || { tail -n 20 "$dir/dockerd.log"; skip 'dockerd does not start here'; }
say "$(docker info 2> /dev/null | grep -E 'Server Version|Storage Driver' | xargs)"

size() { docker images "$1" | awk 'NR == 2 { print $NF }'; }
debootstrap --variant=minbase bookworm "$dir/base" > "$dir/debootstrap.log" || { tail -n 5 "$dir/debootstrap.log"; fail 'debootstrap'; }
if [ -n "${PIP_CERT:-}" ]; then # where a proxy of the site signs, its certificates must be known inside as well
    install -D --mode 644 "$PIP_CERT" "$dir/base/etc/ssl/site.crt"
    export PIP_CERT=/etc/ssl/site.crt
fi
tar -C "$dir/base" -c . | docker import - seq2exp-base:test > /dev/null
rm -rf "$dir/base"
say "base imported: $(size seq2exp-base:test)"

started=$SECONDS
BASE=seq2exp-base:test IMAGE=seq2exp:test "$root/containers/build.sh" --network=host > "$dir/build.log" 2>&1 ||
    { tail -n 30 "$dir/build.log"; fail 'the image does not build'; }
say "image built in $((SECONDS - started)) s: $(size seq2exp:test)"
inside() { docker run --rm --network=none "$@"; }
[ "$(inside seq2exp:test id -un)" = seq2exp ] || fail 'the image runs as root'
say "in it: $(inside seq2exp:test seq2exp --version), $(inside seq2exp:test bedtools --version), $(inside seq2exp:test macs3 --version)"

mkdir "$dir/run" && cd "$dir/run"
NXF_ANSI_LOG=false "$nextflow" run "$root" -profile docker,test --image seq2exp:test --outdir results > "$dir/nextflow.log" 2>&1 ||
    { tail -n 40 "$dir/nextflow.log"; fail 'the run'; }
[ -s results/multiqc/multiqc_report.html ] || fail 'no report'
grep -q 'docker run' "$(find work -name .command.run | head -n 1)" || fail 'the tasks did not run in containers'
say 'the test profile ran in the image and gave its report'

# The containers of this engine have no network
mkdir "$dir/cells" && cd "$dir/cells"
status=0
NXF_ANSI_LOG=false "$nextflow" run "$root" -profile docker --image seq2exp:test --cells K562 --cache_dir "$dir/a cache" > "$dir/cells.log" 2>&1 || status=$?
[ "$status" = 2 ] && grep -q "put them into $dir/a cache" "$dir/cells.log" ||
    { tail -n 40 "$dir/cells.log"; fail "--cells K562 without a network: status $status"; }
say "without a network --cells K562 named $(grep -c 'http' "$dir/cells.log") files and where to put them"

cd "$dir/run"
# Simulated reads stand for a cell without peaks of its own
inside -u "$(id -u):$(id -g)" -v "$PWD:$PWD" -w "$PWD" seq2exp:test \
    seq2exp call-peaks --input results/simulated/samplesheet.csv --cell "$(cells | head -n 1)" --out peaks.narrowPeak > "$dir/peaks.log" 2>&1 ||
    { tail -n 20 "$dir/peaks.log"; fail 'MACS3 in the image'; }
say "MACS3 called $(wc -l < peaks.narrowPeak) peaks in the image"
say "PASSED in $SECONDS s"
