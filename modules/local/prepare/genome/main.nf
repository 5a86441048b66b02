process PREPARE_GENOME {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(fasta), path(genes), path(blacklist), path(features), path(splits), path(sizes)

    output:
    tuple val(meta), path("${prefix}"), emit: store
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    def optional = [
        blacklist ? "--blacklist ${blacklist}" : '',
        features ? "--features ${features}" : '',
        splits ? "--splits ${splits}" : '',
        sizes ? "--sizes ${sizes}" : ''
    ].join(' ')
    """
    prepare_genome.py \\
        --fasta ${fasta} \\
        --genes ${genes} \\
        --name ${meta.id} \\
        $optional $args \\
        --out ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}
    touch ${prefix}/manifest.json
    """
}
