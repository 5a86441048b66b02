process MULTIQC {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(sections, stageAs: 'sections/*')
    path(configs, stageAs: 'config??/*')

    output:
    tuple val(meta), path("multiqc_report.html"), emit: report
    tuple val(meta), path("multiqc_report_data"), emit: data
    // Not to the topic: this task waits for the versions of all others
    tuple val("${task.process}"), val('multiqc'), eval('multiqc --version | sed "s/.* //"'), emit: versions

    when: // nf-core's lint fails without
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def settings = [configs].flatten().collect { config -> "--config ${config}" }.join(' ')
    """
    multiqc --force --strict --no-ai ${settings} $args --filename multiqc_report.html sections
    rm -f multiqc_report_data/multiqc.parquet # a later MultiQC over the results would take it for a second copy of the sections, and fail
    """

    stub:
    """
    mkdir -p multiqc_report_data
    touch multiqc_report.html
    """
}
