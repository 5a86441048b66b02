process PREDICT {
    tag "${meta.id}"
    label 'process_medium'
    label 'process_gpu'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(checkpoint, stageAs: 'checkpoint/*'), path(cell, stageAs: 'cell/*'), path(sequence, stageAs: 'sequence/*')
    tuple val(meta2), path(genome)

    output:
    tuple val(meta), path("${prefix}"), emit: prediction
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    export OMP_NUM_THREADS=${task.cpus}
    predict.py \\
        --genome ${genome} \\
        --cell ${cell} \\
        --checkpoint ${checkpoint} \\
        --device ${task.accelerator ? 'cuda' : 'cpu'} \\
        ${sequence ? "--pretrained ${sequence}" : ''} $args \\
        --out ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}
    touch ${prefix}/manifest.json ${prefix}/expression.parquet
    """
}
