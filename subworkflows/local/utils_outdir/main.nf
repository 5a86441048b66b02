/*
    The folder of the results: one run at a time writes there, and says what was run.
*/

def infoFolder(folder) { file("${folder}/pipeline_info", glob: false) }

def lockOf(folder) { infoFolder(folder).resolve('running.json') }

def written(content) { groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(content)) + '\n' }

// When a process of this machine began, as text; null where there is no such process
def begun(pid) {
    def process = ProcessHandle.of(pid as long).orElse(null)
    return process?.isAlive() ? process.info().startInstant().orElse(null).toString() : null
}

// The run that holds a lock, or null where it has ended without tidying up; of a process on another machine nothing can be seen from here
def holder(lock, host) {
    def other = lock.exists() && lock.text.trim().endsWith('}') ? new groovy.json.JsonSlurper().parseText(lock.text) : null
    return other && (other.host != host || begun(other.pid) == other.begun) ? other : null
}

// Take the folder for this run, or say in a sentence why not: another run writes there, or nobody can; a bucket has no locks
def claim(folder) {
    def lock = lockOf(folder)
    try {
        java.nio.file.Files.createDirectories(lock.parent)
        if (lock.fileSystem != java.nio.file.FileSystems.default) { return null }
        def host = ['uname', '-n'].execute().text.trim()
        def other = holder(lock, host)
        if (other) {
            return "--outdir '${folder}' is in use by the run ${other.run} (process ${other.pid} on ${other.host}): wait for it or name another folder; if that run is no more, delete ${lock}"
        }
        java.nio.file.Files.deleteIfExists(lock)
        def mine = ProcessHandle.current().pid()
        java.nio.file.Files.writeString(lock, written([run: workflow.runName, host: host, pid: mine, begun: begun(mine)]), java.nio.file.StandardOpenOption.CREATE_NEW)
        return null
    }
    catch (java.nio.file.FileAlreadyExistsException error) {
        return "--outdir '${folder}' was taken by another run in this moment (${error.message}): wait for it or name another folder"
    }
    catch (IOException error) {
        return "--outdir is '${folder}': nothing can be written there (${error.message}); name another folder, or make room"
    }
}

def release(folder) {
    def lock = lockOf(folder)
    if (lock.exists()) { lock.delete() }
}

// What was run, for whoever opens the results later
def writeParams(given, folder) {
    infoFolder(folder).resolve('params.json').text = written(given.findAll { name, _value -> name ==~ /[a-z0-9_]+/ }.sort())
}
