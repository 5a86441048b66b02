/*
    The end of a run, however it came about.
*/

include { writeCrate     } from '../utils_crate'
include { release        } from '../utils_outdir'
include { stop           } from '../utils_params'
include { failures; FULL } from '../utils_tasks'

// What is said at the end; a task's exit status 2 (bad input, found by looking into the files) becomes that of the run
workflow COMPLETION {
    take:
    outdir // folder of the results
    given  // map of the parameters, typed
    rules  // map of their rules
    inputs // list of the files that the run reads
    report // channel of the report; nothing in it: no cell came that far

    main:
    def run = workflow
    def made = []
    report.subscribe { item -> made << item }
    workflow.onError {
        // A task's own words may not have found room either
        if ("${run.errorReport} ${run.errorMessage}".contains(FULL()) || run.workDir.fileSystem == java.nio.file.FileSystems.default && run.workDir.toFile().usableSpace < 2 ** 20) {
            System.err.println("Stopped: the disk is full: make room where ${run.workDir} or ${outdir} lies; what was done is kept, and -resume goes on from there")
            // At its end Nextflow would wait for ever for its trace file, which it cannot write either
            ProcessHandle.current().descendants().each { child -> child.destroyForcibly() }
            Runtime.runtime.halt(1)
        }
    }
    workflow.onComplete {
        if (run.preview) { return } // nextflow inspect: no task was to run
        release(outdir)
        try { writeCrate(outdir, given, rules, inputs) }
        catch (IOException error) { log.warn "${outdir}/ro-crate-metadata.json could not be written: ${error.message}" }
        def failed = failures()
        failed.each { task -> log.warn "${task.name} failed: ${task.reason}" }
        def again = 'what was done is kept, and -resume goes on from there'
        if (run.success && made) { log.info "Results: ${outdir} (open multiqc/multiqc_report.html first)" }
        else if (run.exitStatus == 2 || run.success && failed && failed.every { task -> task.exit == 2 }) { stop(2, 'Stopped: the input cannot be used, for the reason given above') }
        else if (run.success) { stop(1, 'Stopped: no cell came to its end, for the reasons given above') }
        else if (run.errorMessage ==~ /SIG[A-Z]+/) { log.error "Stopped from outside (${run.errorMessage}), before its end; ${again}" }
        else { log.error "Stopped, for the reason given above; ${again}" }
    }
}
