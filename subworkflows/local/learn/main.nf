//
// Stores into predictions: one training task for each cell × model × seed, then its prediction; before, where asked, what the sequence says
//

include { PRETRAIN } from '../../../modules/local/pretrain'
include { TRAIN    } from '../../../modules/local/train'
include { PREDICT  } from '../../../modules/local/predict'
include { BY_ODDS; inOrder; UNTRAINED } from '../utils_tasks'

def json(path) { new groovy.json.JsonSlurper().parseText(path.text ?: '{}') }

// Whether a cell's store has expression; a stub's store says nothing and counts as one that has
def measured(store) { json(store.resolve('manifest.json')).expression?.genes != 0 }

// Whether a model can be had for these stores: by training, which needs expression, or as the checkpoint that is given
def trainable(stores, model, initial, untrained) {
    def about = initial ? initial.resolve('config.json') : null
    return model in untrained || [stores].flatten().any { store -> measured(store) } || (about && about.exists() && json(about).model == model)
}

def unmeasured(meta) { "${meta.cell} has no expression to train ${meta.model} on, and no checkpoint of it was given (--init_from, --train_cells)" }

def unlearned() { 'PRETRAIN failed, which learns what multiplies this mask: mend that, or give --sequence learned or none' }

workflow LEARN {
    take:
    settings  // map: train_cells (names, or null: each cell by itself), models, seeds, initial (path or []), pretrain (whether to learn from the peaks what sequence is open), in_masks (whether that multiplies the odds of masks)
    ch_genome // channel: [ meta, store ]
    ch_cells  // channel: [ meta, store ]

    main:
    // One task for the genome with all its cells
    ch_all_stores = inOrder(ch_cells).filter { _stores -> settings.pretrain }.map { stores -> [stores] }
    ch_together = ch_all_stores.combine(ch_genome).map { stores, meta, _genome -> [[id: meta.id], stores] }
    PRETRAIN(ch_together, ch_genome)
    ch_learned = PRETRAIN.out.sequence.map { _meta, folder -> folder }

    // What a model is trained on: each cell by itself, or those of train_cells together, once all of them are there
    if (settings.train_cells) {
        ch_chosen = ch_cells.filter { meta, _store -> meta.cell in settings.train_cells }
        ch_complete = inOrder(ch_chosen).filter { stores -> stores.size() == settings.train_cells.size() }
        ch_training = ch_complete.map { stores -> [settings.train_cells.sort(false).join('+'), stores] }
    }
    else {
        ch_training = ch_cells.map { meta, store -> [meta.cell, store] }
    }

    ch_runs = ch_training
        .combine(channel.fromList(settings.models))
        .combine(channel.fromList(settings.seeds))
        .map { cell, stores, model, seed -> [[id: "${cell}.${model}.${seed}".toString(), cell: cell, model: model, seed: seed], stores] }
        .branch { meta, stores ->
            cannot: !trainable(stores, meta.model, settings.initial, UNTRAINED())
            learned: settings.in_masks && meta.model in BY_ODDS()
            plain: true
        }
    ch_with = ch_runs.learned.combine(ch_learned)
    ch_without = ch_runs.plain.map { meta, stores -> [meta, stores, []] }
    TRAIN(ch_with.mix(ch_without).map { meta, stores, folder -> [meta, meta.model, meta.seed, stores, folder] }, ch_genome, settings.initial)

    // A model of several cells is applied to every cell
    ch_applied = TRAIN.out.checkpoint.combine(ch_cells).filter { meta, _checkpoint, meta2, _store -> settings.train_cells || meta.cell == meta2.cell }
    ch_pairs = ch_applied
        .map { meta, checkpoint, meta2, store ->
            [meta + [id: "${meta2.cell}.${meta.model}.${meta.seed}".toString(), cell: meta2.cell], checkpoint, store]
        }
        .branch { meta, _checkpoint, _store ->
            learned: settings.in_masks && meta.model in BY_ODDS()
            plain: true
        }
    ch_pairs_with = ch_pairs.learned.combine(ch_learned)
    ch_pairs_without = ch_pairs.plain.map { meta, checkpoint, store -> [meta, checkpoint, store, []] }
    PREDICT(ch_pairs_with.mix(ch_pairs_without), ch_genome)

    // Runs that were not asked for, and why
    ch_unmeasured = ch_runs.cannot.map { meta, _stores -> [meta, unmeasured(meta)] }
    ch_nothing = ch_learned.count().filter { number -> number == 0 }
    ch_unlearned = ch_runs.learned.combine(ch_nothing).map { meta, _stores, _none -> [meta, unlearned()] }

    ch_pretrained = PRETRAIN.out.sequence.map { meta, path -> ['PRETRAIN', meta, path] }
    ch_trained = TRAIN.out.checkpoint.map { meta, path -> ['TRAIN', meta, path] }
    ch_predicted = PREDICT.out.prediction.map { meta, path -> ['PREDICT', meta, path] }

    emit:
    checkpoints = TRAIN.out.checkpoint // channel: [ meta, folder ]
    predictions = PREDICT.out.prediction // channel: [ meta, folder ]
    sequence    = ch_learned.ifEmpty([]).first() // channel: path or []
    untrained   = ch_unmeasured.mix(ch_unlearned) // channel: [ meta, sentence ] of the runs that were not asked for
    tasks       = ch_pretrained.mix(ch_trained, ch_predicted) // channel: [ process, meta, path ]
}
