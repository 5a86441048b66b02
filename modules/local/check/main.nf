process CHECK {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(sheet, stageAs: 'sheet/*'), path(files, stageAs: 'input??/*')
    tuple val(meta2), path(fasta), path(genes), path(blacklist), path(features), path(splits), path(sizes)
    tuple path(crispri, stageAs: 'crispri/*'), path(truth, stageAs: 'truth/*'), val(names), path(extra, stageAs: 'extra??/*') // tables and tracks that later tasks read

    output:
    tuple val(meta), path("check"), emit: resolved
    tuple val("${task.process}"), val('seq2exp'), eval('python3 -c "import seq2exp_py; print(seq2exp_py.__version__)"'), topic: versions, emit: versions_seq2exp

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def optional = [
        blacklist ? "--blacklist ${blacklist}" : '',
        splits ? "--splits ${splits}" : '',
        features ? "--features ${features}" : '',
        sizes ? "--sizes ${sizes}" : '',
        crispri ? "--crispri ${crispri}" : '',
        truth ? "--truth ${truth}" : ''
    ].join(' ')
    def tracks = [names, [extra].flatten()].transpose().collect { name, track -> "--extra-track '${name}='${track}" }.join(' ')
    """
    cat ${sheet} >| samplesheet.csv # a file and not a link: its paths are relative to its own folder
    check.py \\
        --input samplesheet.csv \\
        --fasta ${fasta} \\
        --genes ${genes} \\
        $optional $tracks $args \\
        --out check
    """

    stub:
    """
    mkdir -p check
    cp ${sheet} check/samplesheet.csv
    """
}
