#!/usr/bin/env bash
# The whole pipeline on real data: K562 and GM12878, genes of chrX train and validate, genes of chr22 test.
#
#   tests/real/run.sh [--smallest] OUTDIR [OPTIONS OF seq2exp run ...]
#     --smallest  the form that CI runs: 32 kb windows, `tiny` preset, one epoch
#   SEQ2EXP_REAL_DATA  folder of the data (default: ../shared/data beside the repository; its README says what it is)
#
# Nothing is made by hand: the commands below only pick the columns and chromosomes that the files hold.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
smallest=false
if [ "${1:-}" = --smallest ]; then smallest=true; shift; fi
[ $# -ge 1 ] || { sed -n 2,9p "$0" >&2; exit 2; }
out=$(mkdir -p "$1" && cd "$1" && pwd); shift
data=${SEQ2EXP_REAL_DATA:-$root/../shared/data}
[ -e "$data/README.md" ] || { echo "error: no real data in $data; set SEQ2EXP_REAL_DATA" >&2; exit 2; }
data=$(cd "$data" && pwd)
inputs=$out/inputs
mkdir -p "$inputs"
# Written only where something changed: Nextflow's -resume looks at the time of a file
keep() { cat > "$1.new"; if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi; }

# Genes on the two chromosomes whose sequence is there (the table holds all 18,377)
zcat "$data/annotation/xpresso_18377_genes.hg38.tsv.gz" | awk 'NR == 1 || $1 == "chr22" || $1 == "chrX"' | keep "$inputs/genes.tsv"

{
    echo cell,assay,path
    for cell in K562 GM12878; do
        echo "$cell,H3K27ac,$data/signals/${cell}_H3K27ac_Broad.hg38lifted.peak_signalValue.bw"
        echo "$cell,DNase,$data/signals/${cell}_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw"
        echo "$cell,expression,$data/expression/expression_chr22_chrX.tsv"
        echo "$cell,peaks,$data/peaks/${cell}_DNase_UwDukeUniPk.hg38lifted.narrowPeak.gz"
    done
    echo "K562,HiC,$data/hic/K562_chr22.hg38.5kb.cool"
    echo "GM12878,HiC,$data/hic/GM12878_chr22.hg38lifted.50kb.cool"
} | keep "$inputs/samplesheet.csv"

# The CRISPRi pairs as tracks: arcs of those that regulate, regions of all that were tested
pairs=$data/ground_truth/CRISPRi_K562_training.chr22_chrX.tsv
awk -F '\t' -v OFS='\t' '$21 == "True" { print $1, $2, $3, $6, $7, $8, $9 " " $5 }' "$pairs" | keep "$inputs/crispri_regulated.bedpe"
awk -F '\t' -v OFS='\t' 'NR > 1 { print $1, $2, $3, $9 " " $5 }' "$pairs" | sort -k1,1 -k2,2n | keep "$inputs/crispri_tested.bed"

if $smallest; then size=(--preset tiny --window 32000 --epochs 1 --models seq2exp_soft,ridge)
else size=(--preset small --models seq2exp_soft,caduceus_signals,ridge); fi

exec "${SEQ2EXP:-seq2exp}" run \
    --input "$inputs/samplesheet.csv" \
    --fasta "$data/genome/hg38.chr22_chrX.fa.gz" \
    --gtf "$inputs/genes.tsv" \
    --blacklist "$data/annotation/hg38-blacklist.v2.bed.gz" \
    --features "$data/features/mRNA_features_from_refGene.tsv.gz" \
    --genome hg38 \
    --splits 'train=chrX;valid=chrX:8000000-20000000;test=chr22' \
    --expression_column '{cell}_RAMPAGE_RPM_384bp' \
    --crispri "$pairs" \
    --extra_track "CRISPRi regulated=$inputs/crispri_regulated.bedpe,CRISPRi tested=$inputs/crispri_tested.bed" \
    --outdir "$out/results" \
    "${size[@]}" "$@"
