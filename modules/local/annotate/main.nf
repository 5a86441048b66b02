process ANNOTATE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), val(name), path(cell, stageAs: 'cell/*'), path(predictions, stageAs: 'predictions/*')
    tuple val(meta2), path(genome)

    output:
    tuple val(meta), path("${prefix}"), emit: results
    tuple val(meta), path("published/*/*/*"), emit: files
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    publish = "rm -rf published\n    mkdir published\n    cp -rl ${prefix}/. published/" // hard links: of a folder and its files Nextflow would publish the folder alone
    def seeds = [predictions].flatten().collect { folder -> "--prediction ${folder}" }.join(' ')
    """
    annotate.py \\
        --genome ${genome} \\
        --cell ${cell} \\
        ${seeds} \\
        $args \\
        --out ${prefix}/${name}
    ${publish}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    publish = "rm -rf published\n    mkdir published\n    cp -rl ${prefix}/. published/" // hard links: of a folder and its files Nextflow would publish the folder alone
    """
    mkdir -p ${prefix}/${name}/masks ${prefix}/${name}/elements ${prefix}/${name}/links ${prefix}/${name}/expression
    cd ${prefix}/${name}
    touch masks/${prefix}.mean.bw elements/${prefix}.bed links/${prefix}.bedpe expression/${prefix}.htseq.txt
    cd -
    ${publish}
    """
}
