/*
    What each task took, and which tasks failed for good and why: lines of a table that the report reads as it reads a trace.
    The errorStrategy of conf/base.config leaves a record of each failure in the work folder; the run's own trace would be an input
    that changes each time.
*/

include { writeCrate } from '../utils_crate'
include { release    } from '../utils_outdir'
include { stop       } from '../utils_params'

def COLUMNS() { ['name', 'status', 'exit', 'realtime', 'peak_rss', 'reason'] }

// Models that are computed from a cell's tracks and need no expression
def UNTRAINED() { ['evidence'] }

def FULL() { 'No space left on device' }

// Milliseconds and bytes, as in a raw trace
def line(name, status, exit, realtime, peak_rss, reason) {
    [name, status, exit, realtime, peak_rss, reason].collect { value -> value.toString().replaceAll(/\s+/, ' ') }.join('\t')
}

// A task that made `output`: Nextflow writes what it took beside it
def doneLine(process, meta, output) {
    def beside = output.parent.resolve('.command.trace')
    def took = beside.exists() ? beside.readLines().findAll { text -> text.contains('=') }.collectEntries { text -> text.split('=', 2) as List } : [:]
    return line("${process} (${meta.id})", 'COMPLETED', 0, took.realtime ?: '', took.peak_rss ? took.peak_rss.toLong() * 1024 : '', '')
}

def failedLine(task) { line(task.name, 'FAILED', task.exit == Integer.MAX_VALUE ? '' : task.exit, '', '', task.reason) }

// A task that was not asked to do what it could not
def skippedLine(task) { line(task.name, 'SKIPPED', '', '', '', task.reason) }

// Where the failures of this run are recorded, a file each
def failures() {
    def folder = workflow.workDir.resolve("failed/${workflow.runName}")
    def records = folder.exists() ? java.nio.file.Files.list(folder).toList().findAll { path -> path.text.endsWith('}') }.sort { path -> path.name } : [] // cut short by a full disk
    return records.collect { path -> new groovy.json.JsonSlurper().parse(path) }.collect { task -> [name: task.name, exit: task.exit, reason: reason(task)] }
}

def more(process, what) { "give it more with -c (process { withName: '${process}' { ${what} } }) and run again with -resume" }

// One sentence on why a task failed
def reason(task) {
    def err = file("${task.folder}/.command.err")
    def said = err.exists() ? err.readLines().findAll { text -> text.trim() && !text.startsWith('.command') } : []
    def process = task.name.tokenize(' ')[0]
    if (said.any { text -> text.contains(FULL()) }) {
        return 'the disk is full: make room where the work folder lies, and run again with -resume'
    }
    if (task.exit == 2) {
        def start = said.findLastIndexOf { text -> text.startsWith('error: ') }
        if (start >= 0) { return said[start..-1].join('; ').replaceFirst('error: ', '').replace("${task.folder}/", '') }
    }
    if (task.exit == Integer.MAX_VALUE) {
        return "it ran past its time limit of ${task.time}, or its machine was lost, ${task.attempt} times: ${more(process, "time = …")}"
    }
    if (task.exit in [137, 247]) {
        return "it was killed (exit status ${task.exit}), most likely for want of memory, ${task.attempt} times, the last with ${task.memory}: ${more(process, "memory = …")}"
    }
    if (task.exit in 130..143) {
        return "it was ended by signal ${task.exit - 128}, as a scheduler does at a time limit (${task.time}), ${task.attempt} times: ${more(process, "time = …")}"
    }
    return "${said ? said[-1].trim() : 'it said nothing'} (exit status ${task.exit}; its work folder: ${task.folder})"
}

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
