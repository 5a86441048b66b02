process ANNOTATE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"
    container "${params.container}"

    input:
    tuple val(meta), path(cell, stageAs: 'cell/*'), path(predictions, stageAs: 'predictions/*')
    tuple val(meta2), path(genome)

    output:
    tuple val(meta), path("${prefix}"), emit: results
    tuple val(meta), path("${prefix}/*/*"), emit: files
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    def seeds = [predictions].flatten().collect { folder -> "--prediction ${folder}" }.join(' ')
    """
    annotate.py \\
        --genome ${genome} \\
        --cell ${cell} \\
        ${seeds} \\
        $args \\
        --out ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/masks ${prefix}/elements ${prefix}/links ${prefix}/expression
    touch ${prefix}/masks/${prefix}.mean.bw ${prefix}/elements/${prefix}.bed ${prefix}/links/${prefix}.bedpe ${prefix}/expression/${prefix}.htseq.txt
    """
}
