#!/usr/bin/env bash
# Everything that is asked of a card, in at most six minutes on a bare machine without network: benchmarks/gpu.sh [--dry]
#   $OUT       folder of the results: a JSON file for each part, and log.txt
#   --dry      rehearse every part on the CPU at small sizes, the kernels by Triton's interpreter
#   .gpu/      what is taken along (benchmarks/take_along.sh makes it): wheels of the packages that the machine lacks, and mamba_ssm's
#              extension (peer) or its sources (sources), which are then compiled beside the first parts
# Each part is a process with a limit of its own: one that fails or hangs loses nothing of the others, nor what it measured before.
set -uo pipefail
cd "$(dirname "$0")/.."
dry=${1:-}
PYTHON=${PYTHON:-python3}
export OUT=${OUT:-$PWD/benchmarks/results/card} PYTHONUNBUFFERED=1 PYTHONWARNINGS=ignore
mkdir -p "$OUT"
rm -f "$OUT"/*.json "$OUT/log.txt"
exec > >(tee "$OUT/log.txt") 2>&1
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$scratch"' EXIT
total=350 slower=1

mkdir "$scratch/site"
for wheel in .gpu/wheels/*.whl; do [ -e "$wheel" ] && "$PYTHON" -m zipfile -e "$wheel" "$scratch/site"; done
export PYTHONPATH="$scratch/site:$PWD${PYTHONPATH:+:$PYTHONPATH}"
if [ "$dry" = --dry ]; then
    total=2400 slower=10 # limits are a card's; a rehearsal may share its machine
    export TRITON_INTERPRET=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
elif [ -d .gpu/peer ]; then
    export PYTHONPATH="$PYTHONPATH:$PWD/.gpu/peer"
elif [ -d .gpu/sources ]; then
    timeout -k 5 180 "$PYTHON" -m benchmarks.card.build_peer "$scratch/peer" --sources .gpu/sources > "$scratch/peer.log" 2>&1 &
    peer=$!
fi

# part <name> <limit in seconds>
part() {
    local limit=$(($2 * slower)) left=$((total - SECONDS)) status
    [ "$left" -lt "$limit" ] && limit=$left
    if [ "$limit" -lt 5 ]; then
        status="no time left"
    else
        timeout -k 5 "$limit" "$PYTHON" -m benchmarks.card "$1" $dry
        status="exit status $? within ${limit} s"
    fi
    [ -e "$OUT/$1.json" ] || printf '{"part": "%s", "finished": false, "rows": [], "failed": [{"what": "%s", "reason": "%s"}]}\n' \
        "$1" "$1" "$status" > "$OUT/$1.json"
    echo "== $1: $status, $SECONDS s in all"
}

part rates 40
part kernels 70
part steps 100
part training 80
if [ -n "${peer:-}" ]; then
    wait "$peer"
    tail -n 5 "$scratch/peer.log"
    export PYTHONPATH="$PYTHONPATH:$scratch/peer"
fi
part layer 50
part windows 40
part processes 60
"$PYTHON" -m benchmarks.card.summary "$OUT"
