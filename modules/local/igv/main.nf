process IGV {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(hub)

    output:
    tuple val(meta), path("igv"), emit: folder
    tuple val(meta), path("igv_session.xml"), emit: session
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    """
    igv.py --hub ${hub} $args --out igv
    """

    stub:
    """
    mkdir -p igv
    touch igv/index.html igv_session.xml
    """
}
