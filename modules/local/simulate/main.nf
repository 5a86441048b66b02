process SIMULATE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), val(preset), val(seed)

    output:
    tuple val(meta), path("simulated"), emit: folder
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    """
    simulate.py --preset ${preset} --seed ${seed} $args --out simulated
    """

    stub:
    """
    mkdir -p simulated/truth
    touch simulated/genome.fa simulated/genes.gtf simulated/blacklist.bed simulated/expression.tsv simulated/signal.bw simulated/truth/R_g.bed
    printf 'splits: train=chr1;valid=chr2;test=chr3\\n' > simulated/params.yaml
    printf 'cell,assay,path\\n' > simulated/samplesheet.csv
    for cell in A B; do
        printf '%s,DNase,signal.bw\\n%s,expression,expression.tsv\\n' \$cell \$cell >> simulated/samplesheet.csv
    done
    """
}
