process TRAIN {
    tag "${meta.id}"
    label 'process_medium'
    label 'process_gpu'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), val(model), val(seed), path(cells, stageAs: 'cells/*'), path(sequence, stageAs: 'sequence/*')
    tuple val(meta2), path(genome)
    path(initial, stageAs: 'initial/*')

    output:
    tuple val(meta), path("${prefix}"), emit: checkpoint
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    def gpus = task.accelerator ? task.accelerator.request : 0
    def launch = gpus > 1 ? "torchrun --standalone --nproc-per-node ${gpus} --no-python train.py" : 'train.py'
    def stores = [cells].flatten().collect { cell -> "--cell ${cell}" }.join(' ')
    """
    export OMP_NUM_THREADS=${gpus > 1 ? Math.max(1, task.cpus.intdiv(gpus)) : task.cpus}
    ${launch} \\
        --genome ${genome} \\
        ${stores} \\
        --model ${model} \\
        --seed ${seed} \\
        --device ${gpus ? 'cuda' : 'cpu'} \\
        ${sequence ? "--pretrained ${sequence}" : ''} \\
        ${initial ? "--init-from ${initial}" : ''} $args \\
        --out ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}
    touch ${prefix}/config.json ${prefix}/model.safetensors ${prefix}/metrics.csv
    """
}
