/*
    What each task took, and which tasks failed for good and why: lines of a table that the report reads as it reads a trace.
    The errorStrategy of conf/base.config leaves a record of each failure in the work folder; the run's own trace would be an input
    that changes each time.
*/

def COLUMNS() { ['name', 'status', 'exit', 'realtime', 'peak_rss', 'reason'] }

// Two lists of `models/rows.py`, written by `make schema`
// Models that are computed from a cell's tracks and need no expression
def UNTRAINED() { ['evidence'] }

// Models with a mask of odds, which P of the sequence may multiply
def BY_ODDS() { ['seq2exp_soft', 'seq2exp_hard', 'seq2exp_retrain', 'evidence'] }

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

// All folders of a channel as one list, sorted by id, so that a resumed run finds the same task; nothing where there are none
def inOrder(items) {
    items.toSortedList { a, b -> a[0].id <=> b[0].id }.filter { all -> all }.map { all -> all.collect { item -> item[1] } }
}

// Tracks of the user's own, [name, path] each, as a task takes them: all names, all paths
def namesAndPaths(tracks) { [tracks.collect { name, _path -> name }, tracks.collect { _name, path -> path }] }

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
