process REPORT {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(evaluation), path(annotations, stageAs: 'annotations/*'), path(checkpoints, stageAs: 'checkpoints/*'), path(tasks)

    output:
    tuple val(meta), path("report/*_mqc.json"), emit: sections
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def results = [annotations].flatten().collect { folder -> "--annotation ${folder}/*" }.join(' ')
    def trained = [checkpoints].flatten().collect { folder -> "--checkpoint ${folder}" }.join(' ')
    """
    report.py \\
        --evaluation ${evaluation} \\
        ${results} \\
        ${trained} \\
        --trace ${tasks} \\
        $args \\
        --out report
    """

    stub:
    """
    mkdir -p report
    touch report/metrics_mqc.json
    """
}
