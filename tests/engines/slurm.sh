#!/usr/bin/env bash
# The test profile on a real Slurm of this machine: two trainings at once, one of them cancelled, retried, and the run whole.
#     tests/engines/slurm.sh          as root on Debian or Ubuntu; leaves nothing running
# Without cgroups, so that it works inside containers and small virtual machines. PYTHON names an interpreter with the package.
set -euo pipefail
source "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || skip 'needs root, to install Slurm and to start its daemons'
{ command -v slurmctld && command -v slurmd && command -v munged && command -v squeue; } > /dev/null || packages munge slurmctld slurmd slurm-client
nextflow=$("${python%/*}/seq2exp" setup)

dir=$(mktemp -d "${TMPDIR:-/tmp}/seq2exp-slurm.XXXXXX")
chmod 755 "$dir"
mkdir "$dir"/{state,spool,run}
stop() {
    if [ -n "${run:-}" ] && kill "$run" 2> /dev/null; then timeout 30 tail --pid="$run" -f /dev/null || true; fi # it cancels its jobs
    ! [ -e "$dir/slurmd.pid" ] || scancel --user=root 2> /dev/null || true
    end "$dir"
    [ -n "${KEEP:-}" ] && say "kept $dir" || rm -rf "$dir"
}
trap stop EXIT

# 16 processors whatever this machine has: two trainings of 8 run at once
node=$(hostname -s)
cat > "$dir/slurm.conf" <<CONF
ClusterName=seq2exp
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
SlurmctldPort=${SLURMCTLD_PORT:-26817}
SlurmdPort=${SLURMD_PORT:-26818}
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
GresTypes=gpu
NodeName=$node NodeAddr=127.0.0.1 CPUs=16 RealMemory=200000 Gres=gpu:2 State=UNKNOWN
PartitionName=short Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
printf 'Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n' > "$dir/gres.conf" # stand-ins: what a task asks for is checked, not what it finds
echo "CgroupAutomount=no" > "$dir/cgroup.conf"
export SLURM_CONF=$dir/slurm.conf

head -c 1024 /dev/urandom > "$dir/munge.key"
chmod 400 "$dir/munge.key"
munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" --log-file="$dir/munged.log" --seed-file="$dir/munge.seed" 2> "$dir/munged.err"
slurmctld -c
slurmd -N "$node"
for _ in $(seq 60); do [ "$(sinfo -h -o %T 2> /dev/null)" = idle ] && break || sleep 1; done
[ "$(sinfo -h -o %T)" = idle ] || { tail -n 20 "$dir"/*.log; skip 'the node did not become idle'; }
say "$(slurmctld -V) runs on $node: $(sinfo -h -o '%P %D node, %c processors, %m MB, %G')"

export NXF_ANSI_LOG=false PYTHONPATH=$root OMP_NUM_THREADS=1 PATH=$(dirname "$python"):$PATH
training() { squeue -h -t R -o '%i %j' | grep 'LEARN_TRAIN' || true; }
cd "$dir/run"
"$nextflow" run "$root" -profile slurm,test --models seq2exp_soft --seeds 2 --epochs "${EPOCHS:-40}" --queue short \
    --outdir results --trace_report_suffix slurm > "$dir/nextflow.log" 2>&1 &
run=$!
most=0
cancelled=
while kill -0 "$run" 2> /dev/null; do
    now=$(training | wc -l)
    [ "$now" -le "$most" ] || most=$now
    if [ -z "$cancelled" ] && [ "$now" -ge 2 ]; then
        sleep 2
        read -r cancelled name < <(training | head -n 1)
        scancel "$cancelled"
        say "two trainings at once; cancelled job $cancelled ($name)"
    fi
    sleep 1
done
status=0
wait "$run" || status=$?
run=
[ "$status" = 0 ] || { tail -n 40 "$dir/nextflow.log"; fail "the run ended with status $status"; }
[ -n "$cancelled" ] || fail 'no two trainings ran at once'

trace=results/pipeline_info/execution_trace_slurm.txt
killed=$(awk -F '\t' -v job="$cancelled" '$3 == job { print $4 " " $5 " " $6 }' "$trace")
say "job $cancelled in the trace: $killed"
case $killed in *FAILED*) ;; *) fail 'the trace does not show the cancelled job as failed' ;; esac
task=${killed%% FAILED*}
awk -F '\t' -v task="$task" '$4 == task && $5 == "COMPLETED" { found = 1 } END { exit !found }' "$trace" || fail "$task was not retried to the end"
say "$task was retried and completed; at most $most trainings ran at once; $(grep -c COMPLETED "$trace") tasks completed"
for cell in $(cells); do [ -s "results/$cell/masks/$cell.seq2exp_soft.mean.bw" ] || fail "no mask of $cell"; done
[ -s results/multiqc/multiqc_report.html ] || fail 'no report'
say "masks of $(cells | xargs) and the report are there"

mkdir "$dir/gpu" && cd "$dir/gpu"
"$nextflow" run "$root" -stub-run -profile slurm,gpu,test --models ridge --outdir results > "$dir/gpu.log" 2>&1 || { tail -n 20 "$dir/gpu.log"; fail 'the run with GPU requests'; }
asked=$(grep -l -- '--gres=gpu:1' $(find work -name .command.run) | wc -l)
[ "$asked" = 4 ] || fail "$asked tasks asked for a GPU; expected 4, two trainings and two predictions"
say 'Slurm took the GPU request of 2 trainings and 2 predictions, and no other task made one'
say "PASSED in $SECONDS s"
