#!/usr/bin/env bash
# Every gene of K562 and GM12878 (18,377), stage by stage, on the paper's split: the signal path alone. Every base is N: training genes have
# no sequence here, and held-out ones with sequence would meet weights that were never trained.
#
#   tests/real/full.sh OUTDIR [CELL ...]
#     CELL    K562 and GM12878 if none is named; each by itself can run beside the other
#     EPOCHS  passes over the training genes (default: 3)
#   SEQ2EXP_REAL_DATA  folder of the data (default: ../shared/data beside the repository)
#
# What is there is not made again.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -ge 1 ] || { sed -n 2,10p "$0" >&2; exit 2; }
out=$(mkdir -p "$1" && cd "$1" && pwd); shift
cells=("$@"); [ $# -ge 1 ] || cells=(K562 GM12878)
data=${SEQ2EXP_REAL_DATA:-$root/../shared/data}
[ -e "$data/README.md" ] || { echo "error: no real data in $data; set SEQ2EXP_REAL_DATA" >&2; exit 2; }
data=$(cd "$data" && pwd)
read -ra seq2exp <<< "${SEQ2EXP:-seq2exp}"
make() { [ -e "${*: -1}" ] || "${seq2exp[@]}" "$@"; } # the last argument is what a command writes
cd "$out"

printf '>none\nN\n' > none.fa
make prepare-genome --fasta none.fa --sizes "$data/genome/hg38.chrom.sizes" \
    --genes "$data/annotation/xpresso_18377_genes.hg38.tsv.gz" --features "$data/features/mRNA_features_from_refGene.tsv.gz" \
    --blacklist "$data/annotation/hg38-blacklist.v2.bed.gz" --splits 'valid=chr3,chr21;test=chr22,chrX' --min-sequence 0 \
    --out genome

# The whole window for the network, in tokens of 128 bp: peak-level tracks have nothing finer
long=(--set window=199936 --set resolution=128 --set stem=1)
for cell in "${cells[@]}"; do
    printf '%s\n' cell,assay,path \
        "$cell,H3K27ac,$data/signals/${cell}_H3K27ac_Broad.hg38lifted.peak_signalValue.bw" \
        "$cell,DNase,$data/signals/${cell}_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw" \
        "$cell,expression,$data/expression/expression_18377_genes.tsv.gz" > "$cell.csv"
    make prepare-cell --genome genome --input "$cell.csv" --cell "$cell" --expression-column "${cell}_RAMPAGE_RPM_384bp" --out "$cell"
    predictions=()
    for model in ridge gbm caduceus_signals_2kb caduceus_signals; do
        options=(); [ "$model" != caduceus_signals ] || options=("${long[@]}")
        made=$cell.$model
        make train --genome genome --cell "$cell" --model "$model" --preset small --epochs "${EPOCHS:-3}" "${options[@]}" --out "$made"
        make predict --genome genome --cell "$cell" --checkpoint "$made" --splits valid,test --batch 32 --out "$made.predicted"
        predictions+=(--prediction "$made.predicted")
    done
    make evaluate "${predictions[@]}" --control gbm --control ridge --out "$cell.tables"
done
grep -h test ./*.tables/metrics.tsv
