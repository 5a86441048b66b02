process EVALUATE {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(predictions, stageAs: 'predictions/*'), path(cells, stageAs: 'cells/*')
    tuple val(meta2), path(genome)
    path(truth, stageAs: 'truth/*')
    path(crispri)

    output:
    tuple val(meta), path("evaluation"), emit: tables
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def folders = [predictions].flatten().collect { folder -> "--prediction ${folder}" }.join(' ')
    def stores = [cells].flatten().collect { cell -> "--cell ${cell}" }.join(' ')
    """
    evaluate.py \\
        --genome ${genome} \\
        ${stores} \\
        ${folders} \\
        ${truth ? "--truth ${truth}" : ''} ${crispri ? "--crispri ${crispri}" : ''} $args \\
        --out evaluation
    """

    stub:
    """
    mkdir -p evaluation
    touch evaluation/metrics.tsv evaluation/summary.tsv
    """
}
