//
// Predictions into what people look at: tracks and tables for each cell × model, comparison, report, genome browsers
//

include { ANNOTATE } from '../../../modules/local/annotate'
include { EVALUATE } from '../../../modules/local/evaluate'
include { REPORT   } from '../../../modules/local/report'
include { HUB      } from '../../../modules/local/hub'
include { IGV      } from '../../../modules/local/igv'
include { MULTIQC  } from '../../../modules/local/multiqc'
include { COLUMNS; doneLine; failedLine; failures; inOrder; namesAndPaths; skippedLine } from '../utils_tasks'

workflow RESULTS {
    take:
    settings    // map: genome (name of the assembly), extra (list of [name, path]: tracks of the user's own), on_error (stop or continue)
    prepared    // map of channels: genome and cells [ meta, store ], truth (path or []), refused (map of cells and sentences)
    learned     // map of channels: checkpoints and predictions [ meta, folder ], sequence (path or []), untrained ([ meta, sentence ] of runs that could not be)
    crispri     // path or []
    ch_tasks    // channel: [ process, meta, path ]
    ch_versions // channel: path
    configs     // list of MultiQC configurations

    main:
    // The seeds of a cell × model, in one order whatever finished first, so that a resumed run finds the same task
    ch_by_model = learned.predictions
        .map { meta, folder -> [meta.cell, meta.model, meta.seed, folder] }
        .groupTuple(by: [0, 1])
        .map { cell, model, seeds, folders -> [cell, model, [seeds, folders].transpose().sort { pair -> pair[0] }.collect { pair -> pair[1] }] }
    ch_stores = prepared.cells.map { meta, store -> [meta.cell, store] }
    ch_to_annotate = ch_by_model.combine(ch_stores, by: 0).map { cell, model, folders, store ->
        [[id: "${cell}.${model}".toString(), cell: cell, model: model], cell, store, folders]
    }
    ANNOTATE(ch_to_annotate, prepared.genome)

    ch_all = inOrder(learned.predictions).map { folders -> [folders] }.combine(inOrder(prepared.cells).map { stores -> [stores] })
    EVALUATE(ch_all.map { folders, stores -> [[id: settings.genome], folders, stores] }, prepared.genome, prepared.truth, crispri)

    ch_annotations = inOrder(ANNOTATE.out.results).map { folders -> [[id: settings.genome], folders] }

    // Tasks of all the report is about: those that failed are known once those that did not are all there
    ch_done = ch_tasks.mix(
        ANNOTATE.out.results.map { meta, folder -> ['ANNOTATE', meta, folder] },
        EVALUATE.out.tables.map { meta, folder -> ['EVALUATE', meta, folder] },
    )
    ch_failed = ch_done.count().filter { number -> number && settings.on_error == 'continue' }.flatMap { _number -> failures() } // else there is no report
    ch_refused = prepared.refused.flatMap { cells -> cells.collect { cell, sentence -> [name: "CHECK (${cell})", exit: 2, reason: sentence] } }
    ch_skipped = learned.untrained.map { meta, sentence -> skippedLine([name: "TRAIN (${meta.id})", reason: sentence]) }
    ch_table = ch_done
        .map { process, meta, path -> doneLine(process, meta, path) }
        .mix(ch_failed.mix(ch_refused).map { task -> failedLine(task) }, ch_skipped)
        .collectFile(name: 'tasks.tsv', seed: COLUMNS().join('\t'), sort: true, newLine: true)
    REPORT(
        EVALUATE.out.tables
            .combine(ch_annotations.map { _meta, folders -> [folders] })
            .combine(inOrder(learned.checkpoints).map { folders -> [folders] })
            .combine(ch_table)
    )
    HUB(
        ch_annotations
            .combine(inOrder(prepared.cells).map { stores -> [stores] })
            .combine(EVALUATE.out.tables.map { _meta, tables -> [tables] }),
        prepared.genome,
        namesAndPaths(settings.extra),
        learned.sequence,
    )
    IGV(HUB.out.folder)
    MULTIQC(REPORT.out.sections.combine(ch_versions).map { meta, sections, versions -> [meta, [sections].flatten() + [versions]] }, configs)

    emit:
    report = MULTIQC.out.report // channel: [ meta, html ]
}
