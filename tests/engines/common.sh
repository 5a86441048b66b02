# Sourced by the scripts beside it
script=$(basename "$0")
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
say() { printf '%s: %s\n' "$script" "$*"; }
fail() { say "FAILED: $*"; exit 1; }

# Where the engine cannot be started at all: nothing was tested, which is no failure of the pipeline
skip() { say "SKIPPED: $*"; exit 77; }

# packages NAME…: Debian's packages
packages() {
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } > /dev/null || skip "$* cannot be installed"
}

# Names of the simulated cells, in the folder of the run
cells() { sed 1d results/simulated/samplesheet.csv | cut -d , -f 1 | sort -u; }

# What was started with this folder in its environment and still runs
remains() {
    local pid
    for pid in $(grep -lzsF -e "$1" /proc/[0-9]*/environ | cut -d / -f 3); do
        [ "$pid" = $$ ] || ! kill -0 "$pid" 2> /dev/null || echo "$pid"
    done
}

# TERM to all of that, KILL after 30 s to what stays
end() {
    local folder=$1 left
    left=$(remains "$folder")
    [ -z "$left" ] || kill $left 2> /dev/null || true
    for _ in $(seq 30); do
        [ -n "$(remains "$folder")" ] || return 0
        sleep 1
    done
    left=$(remains "$folder")
    say "killed: $(ps -o comm= -p "$(echo $left | tr ' ' ,)" | xargs)"
    kill -KILL $left 2> /dev/null || true
    sleep 1
}
