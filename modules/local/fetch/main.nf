process FETCH {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), val(cells), path(catalogue), val(cache)

    output:
    tuple val(meta), path("fetched"), emit: folder
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    """
    fetch.py --catalogue ${catalogue} --cells '${cells.join(',')}' --cache '${cache}' $args --out fetched
    """

    stub:
    """
    mkdir -p fetched/files fetched/genome
    touch fetched/genome/genome.fa.gz fetched/genome/genes.gtf.gz fetched/files/signal.bw fetched/files/expression.tsv
    printf '{"fasta": "genome/genome.fa.gz", "genes": "genome/genes.gtf.gz"}\\n' > fetched/genome.json
    printf 'cell,assay,path\\n' > fetched/samplesheet.csv
    for cell in ${cells.join(' ')}; do
        printf '%s,DNase,files/signal.bw\\n%s,expression,files/expression.tsv\\n' \$cell \$cell >> fetched/samplesheet.csv
    done
    """
}
