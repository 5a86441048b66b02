process HUB {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(annotations, stageAs: 'annotations/*'), path(cells, stageAs: 'cells/*'), path(evaluation)
    tuple val(meta2), path(genome)
    tuple val(names), path(extras, stageAs: 'extra??/*')
    path(sequence, stageAs: 'sequence/*')

    output:
    tuple val(meta), path("hub"), emit: folder
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def stores = [cells].flatten().collect { cell -> "--cell ${cell}" }.join(' ')
    def tracks = [names, [extras].flatten()].transpose().collect { name, path -> "--extra-track '${name}='${path}" }.join(' ')
    """
    rm -rf results
    mkdir results
    cp -rl annotations/*/. results/ 2> /dev/null || cp -rL annotations/*/. results/
    hub.py \\
        --results results \\
        --genome ${genome} \\
        ${stores} ${tracks} \\
        --evaluation ${evaluation} \\
        ${sequence ? "--sequence ${sequence}" : ''} $args \\
        --out hub
    """

    stub:
    """
    mkdir -p hub
    touch hub/hub.txt hub/tracks.json
    """
}
