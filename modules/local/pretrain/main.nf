process PRETRAIN {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(cells, stageAs: 'cells/*')
    tuple val(meta2), path(genome, stageAs: 'genome/*') // its name is that of the output

    output:
    tuple val(meta), path("${prefix}"), emit: sequence
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    def stores = [cells].flatten().collect { cell -> "--cell ${cell}" }.join(' ')
    """
    export OMP_NUM_THREADS=${task.cpus}
    pretrain.py \\
        --genome ${genome} \\
        ${stores} \\
        $args \\
        --out ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/p
    touch ${prefix}/manifest.json ${prefix}/model.safetensors ${prefix}/motifs.meme ${prefix}/metrics.csv ${prefix}/calibration.csv
    """
}
