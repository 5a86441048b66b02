process IGV {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"
    container "${params.image}"

    input:
    tuple val(meta), path(annotations, stageAs: 'annotations/*')

    output:
    tuple val(meta), path("igv"), emit: folder
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    """
    mkdir results
    cp -rl annotations/*/. results/ 2> /dev/null || cp -rL annotations/*/. results/
    igv.py --results results $args --out igv
    """

    stub:
    """
    mkdir igv
    touch igv/index.html
    """
}
