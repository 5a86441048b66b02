//
// What the pipeline finds wrong with each set of parameters of a file: one JSON line a set
//

include { learns; paramProblems; schemaRules; typeProblems; typed } from '../../subworkflows/local/utils_params'

workflow {
    def rules = schemaRules(file("${projectDir}/../../nextflow_schema.json"))
    def defaults = rules.collectEntries { name, rule -> [name, rule['default']] }
    new groovy.json.JsonSlurper().parse(file(params.sets)).eachWithIndex { given, i ->
        def all = defaults + given
        def found = typeProblems(all, rules)
        println groovy.json.JsonOutput.toJson([set: i, problems: found ?: paramProblems(typed(all, rules), rules), learns: found ? null : learns(typed(all, rules))])
    }
}
