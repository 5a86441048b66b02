process PREPARE_CELL {
    tag "${meta.id}"
    label 'process_low'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(sheet, stageAs: 'sheet/*'), path(files, stageAs: 'input??/*')
    tuple val(meta2), path(genome)

    output:
    tuple val(meta), path("${prefix}"), emit: store
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    cat ${sheet} >| samplesheet.csv # a file and not a link: its paths are relative to its own folder
    prepare_cell.py \\
        --genome ${genome} \\
        --input samplesheet.csv \\
        --cell ${meta.id} \\
        $args \\
        --out ${prefix}
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}
    touch ${prefix}/manifest.json
    """
}
