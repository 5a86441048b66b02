//
// Which bases around a gene drive its expression in a cell type: raw files → stores → models → predictions → tracks and report
//

include { PREPARE } from '../../subworkflows/local/prepare'
include { LEARN   } from '../../subworkflows/local/learn'
include { RESULTS } from '../../subworkflows/local/results'

workflow SEQ2EXP {
    take:
    settings    // map: cells, read, train_cells, models, seeds, seed, initial, pretrain, in_masks, genome, splits, simulate, extra, catalogue, cache, outdir, on_error
    samplesheet // path or null
    reference   // list: fasta, genes, blacklist, features, splits, sizes; [] where absent
    truth       // path or []
    crispri     // path or []
    configs     // list of MultiQC configurations

    main:
    PREPARE(settings, samplesheet, reference, truth, crispri)
    LEARN(settings, PREPARE.out.genome, PREPARE.out.cells)

    // One file of the versions of all that ran; MULTIQC must not be among them, it waits for this file
    ch_versions = channel.topic('versions')
        .filter { process, _tool, _version -> !process.endsWith('MULTIQC') }
        .map { process, tool, version -> "${process.tokenize(':')[-1]}:\n  ${tool}: '${version}'".toString() }
        .mix(channel.of("Workflow:\n  Nextflow: '${workflow.nextflow.version.toString()}'\n  ${workflow.manifest.name}: '${workflow.manifest.version}'".toString()))
        .unique()
        .collectFile(name: 'seq2exp_software_mqc_versions.yml', sort: true, newLine: true)
    // A copy for the reader: the report's task takes the file that -resume finds unchanged
    ch_versions.subscribe { versions -> versions.copyTo(file("${settings.outdir}/pipeline_info/${versions.name}")) }

    RESULTS(
        settings,
        [genome: PREPARE.out.genome, cells: PREPARE.out.cells, truth: PREPARE.out.truth, refused: PREPARE.out.refused],
        [checkpoints: LEARN.out.checkpoints, predictions: LEARN.out.predictions, sequence: LEARN.out.sequence, untrained: LEARN.out.untrained],
        crispri,
        PREPARE.out.tasks.mix(LEARN.out.tasks),
        ch_versions,
        configs,
    )

    emit:
    report = RESULTS.out.report // channel: [ meta, html ]
}
