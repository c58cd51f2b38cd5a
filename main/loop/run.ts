import { filesStamp, modelFingerprint } from '../common/file-identity.ts'
import { locateModel } from '../models/locate-model.ts'
import { catchUpOnChecks, checkModel, evaluateModel } from './evaluation/evaluate-model.ts'
import { stopsAfter } from './guards.ts'
import { iterate } from './iterate.ts'
import { isGraded, isRewarded } from './recipe/eft-forms.ts'
import { modelNamed, type RunContext } from './run-context.ts'
import { runStage } from './run-stage.ts'
import { buildEftExamples, buildsJudgements } from './stages/build-eft.ts'
import { trainOnPairs } from './stages/reward-pairs.ts'
import { storeSeedData } from './stages/seed-data.ts'
import { cutResponses, fineTuningRows, trainingSummary, trainModel } from './stages/train-model.ts'
import { checkUnchanged } from './unchanged-models.ts'

/**
 * The method (Yuan et al. 2024), from the state in the store to the end. M0 becomes M1 by fine-tuning on the seed data. Then each iteration
 * trains M_{t+1} on what M_t generates.
 *
 * 'waiting-for-review': the user must review pairs and confirm before the run continues. 'guarded': it stopped on a warning, as its recipe
 * says.
 */
export async function runLoop(context: RunContext): Promise<'finished' | 'waiting-for-review' | 'guarded'> {
  const { recipe } = context
  await checkUnchanged(context)
  await makeFirstModel(context)
  for (let iteration = 1; iteration <= recipe.iterations; iteration++) {
    const end = await iterate(context, iteration)
    if (end !== 'trained') return end
    await runStage(context, iteration, 'evaluate', (stage) => evaluateModel(stage, modelNamed(context, `M${iteration + 1}`)))
    if (iteration < recipe.iterations && stopsAfter(context, { iteration, stage: 'train' })) return 'guarded'
  }
  await catchUpOnChecks(context)
  return 'finished'
}

/** Iteration 0: seed data, the SFT baseline and EFT examples (if they are to be built), and M1. */
async function makeFirstModel(context: RunContext): Promise<void> {
  const { store, runId, recipe } = context
  await runStage(context, 0, 'seed-data', async (stage) => {
    await addBaseModel(context)
    const summary = await storeSeedData(stage)
    await checkModel(stage, modelNamed(context, 'M0'))
    return summary
  })
  const base = modelNamed(context, 'M0')
  const examples = (kind: 'ift' | 'eft') => store.examples.ofKind(runId, kind)
  const { sft } = recipe
  const [isJudged, hasGrades, hasPairs] = [buildsJudgements(context), isGraded(recipe), isRewarded(recipe)]
  const buildEft = () => runStage(context, 0, 'eft', buildEftExamples)
  if (hasPairs && hasGrades) await buildEft()
  const taught = hasPairs ? examples('eft') : [] // otherwise they are M1's
  const needsBaseline =
    isJudged || (hasGrades && recipe.seed_data.graded_writer === 'SFT') || (hasPairs && examples('ift').length + taught.length > 0)
  if (sft !== null && needsBaseline) {
    await runStage(context, 0, 'baseline', async (stage) => {
      const rows = fineTuningRows(examples('ift'), taught, cutResponses(stage, 0))
      const data = `${rows.length - taught.length} IFT ${taught.length > 0 ? `and ${taught.length} EFT ` : ''}examples`
      await trainModel(stage, { name: 'SFT', task: 'sft', from: base, rows, settings: sft, data })
      return trainingSummary(stage, 'SFT')
    })
  }
  if (!hasPairs && (hasGrades || (sft !== null && isJudged))) await buildEft()
  await runStage(context, 0, 'train', async (stage) => {
    if (sft === null) {
      store.models.add({ ...base, name: 'M1', initialisedFrom: 'M0', data: 'nothing: the recipe uses M0 as M1' })
      return {}
    }
    if (hasPairs) return trainOnPairs(stage, store.models.find(runId, 'SFT') ?? base)
    const [ift, eft] = [examples('ift'), examples('eft')]
    const data = `${ift.length} IFT and ${eft.length} EFT examples`
    await trainModel(stage, {
      name: 'M1',
      task: 'sft',
      from: base,
      rows: fineTuningRows(ift, eft, cutResponses(stage, 0)),
      settings: sft,
      data,
    })
    return trainingSummary(stage, 'M1')
  })
  await runStage(context, 0, 'evaluate', async (stage) => {
    for (const model of store.models.ofRun(runId)) await evaluateModel(stage, model)
  })
}

async function addBaseModel({ store, runId, recipe }: RunContext): Promise<void> {
  const path = locateModel(recipe.base_model, 'base_model')
  const stamp = filesStamp(path) // taken before reading, so that a change in between is detected
  const sha256 = await modelFingerprint(path)
  store.models.add({ runId, name: 'M0', path, initialisedFrom: null, reference: null, data: 'the base model', sha256, filesStamp: stamp })
}
