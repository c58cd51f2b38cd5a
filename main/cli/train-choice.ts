import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { readStored } from '../common/json-document.ts'
import { replaceFile } from '../common/replace-file.ts'
import { importInThread } from '../data/import-thread.ts'
import { promptsOf } from '../data/imported.ts'
import type { ChosenTraining } from '../loop/stages/best-checkpoint.ts'
import { locateModel } from '../models/locate-model.ts'
import type { TrainParams } from '../shared/engine-protocol.ts'
import { badInput } from '../shared/errors.ts'
import { limits } from '../shared/limits.ts'
import type { JudgeMethod } from '../shared/recipe.ts'
import { type ComparedOn, comparisonOn } from './compare-checkpoints.ts'
import { readRows } from './input-rows.ts'
import { judgeFrom } from './judge-settings.ts'
import { type EngineSession, integer } from './options.ts'
import { trainRow, trainRowRemedy } from './train-rows.ts'
import { choiceFile, type TrainingPlace } from './training-place.ts'

/** The choice of a checkpoint in `laurel train` (paper, section 3.1.3). */

export interface ChoiceOptions {
  readonly chooseEvery?: number
  readonly validation?: string
  readonly patience?: number
  readonly judge?: string
  readonly judgeMethod?: JudgeMethod
  readonly maxNewTokens?: number
}

/** Judges that need nothing but an answer and its prompt. */
const judgeMethods = ['pairwise', 'additive', 'expected', 'yes', 'checklist', 'contrast'] as const satisfies JudgeMethod[]
const defaults = { patience: 1, judgeMethod: 'pairwise', maxNewTokens: 512 } as const

const measures = {
  sft: 'their loss decides',
  dpo: 'the share whose chosen response has the larger reward decides, of equal shares the mean margin',
}

export function addChoiceOptions(command: Command, task: 'sft' | 'dpo'): Command {
  return command
    .option(
      '--choose-every <n>',
      'keep the best checkpoint: compare every n steps and at the end (default: keep the last)',
      integer(1, limits.rows),
    )
    .option('--validation <file>', `for --choose-every: rows as in --data, which aren't trained on; ${measures[task]}`)
    .option(
      '--patience <n>',
      `stop after so many checkpoints in a row that were worse (default: ${defaults.patience})`,
      integer(1, limits.rows),
    )
    .option('--judge <path>', "let this model's judgements of answers to the prompts of --validation, a file of any format, decide instead")
    .addOption(
      new Option('--judge-method <name>', `how it judges (default: ${defaults.judgeMethod}); without --judge, --model judges`).choices(
        judgeMethods,
      ),
    )
    .option('--max-new-tokens <n>', `maximum length of a judged answer (default: ${defaults.maxNewTokens})`, integer(1, limits.tokens))
}

/** How the best checkpoint is found. */
export interface CheckpointChoice {
  readonly every: number
  readonly patience: number
  readonly on: ComparedOn
}

/** The choice that the options describe; null: the last model is kept. Throws BAD_INPUT for options that don't go together. */
export async function readChoice(task: TrainParams['task'], model: string, options: ChoiceOptions): Promise<CheckpointChoice | null> {
  const { chooseEvery: every, validation, patience = defaults.patience } = options
  if (every === undefined || task === 'reward') {
    const [given] = Object.entries({ ...options, chooseEvery: undefined }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
    if (given !== undefined) throw badInput('The choice of a checkpoint needs --choose-every.', 'Add --choose-every N.')
    return null
  }
  if (validation === undefined) throw badInput('--choose-every needs --validation.', 'Add --validation FILE.')
  const on = isJudged(options)
    ? await judgedOn(validation, model, options)
    : { rows: readRows<TrainParams['rows'][number]>(validation, trainRow[task], trainRowRemedy[task]).map(({ value }) => value) }
  return { every, patience, on }
}

const isJudged = ({ judge, judgeMethod }: ChoiceOptions): boolean => judge !== undefined || judgeMethod !== undefined

async function judgedOn(validation: string, model: string, options: ChoiceOptions): Promise<ComparedOn> {
  const { judge = model, judgeMethod: method = defaults.judgeMethod, maxNewTokens = defaults.maxNewTokens } = options
  locateModel(judge, '--judge')
  const prompts = promptsOf(await importInThread(validation))
  if (prompts.length === 0) throw badInput(`${validation}: has no prompts`, 'Choose a file whose rows have prompts of one message.')
  return { prompts, judge: judgeFrom({ method }, []), model: judge, maxNewTokens }
}

/** What an interrupted training needs to decide in the same way again. */
const storedChoice = z.object({
  steps: z.int(),
  compared: z.array(z.object({ step: z.int(), best: z.int(), hasLost: z.boolean() })),
})
type StoredChoice = z.output<typeof storedChoice>

interface ChosenWork extends Pick<EngineSession, 'engine' | 'signal'> {
  readonly place: TrainingPlace
  readonly training: Pick<TrainParams, 'task' | 'model' | 'config'>
  /** Trains to the pause or the end. `onSteps`: reports the number of steps of the whole training. */
  readonly train: (destination: Pick<TrainParams, 'out' | 'pause'>, onSteps: (steps: number) => void) => Promise<void>
}

/** A training whose best checkpoint is kept, with its decisions printed and stored next to its checkpoints. */
export function chosenTraining({ every, patience, on }: CheckpointChoice, { engine, signal, place, training, train }: ChosenWork) {
  const path = join(place.checkpoints, choiceFile)
  const compare = comparisonOn(on, { engine, signal }, training)
  let stored = readStored(path, storedChoice)
  const store = (next: StoredChoice): void => {
    stored = next
    replaceFile(path, `${JSON.stringify(next)}\n`)
  }
  const outcome = ({ hasLost }: { readonly hasLost: boolean }) => (hasLost ? 'lost' : 'kept')
  const chosen: ChosenTraining = {
    ...{ every, patience, folder: join(place.checkpoints, 'candidates') },
    trainTo: (pause, last) =>
      train({ out: last, pause }, (steps) => {
        if (stored?.steps !== steps) store({ steps, compared: stored?.compared ?? [] })
      }),
    progress: () => ({ steps: stored?.steps ?? null, done: Number.POSITIVE_INFINITY }),
    known: (step, best) => {
      const found = stored?.compared.find((one) => one.step === step && one.best === best)
      return found && outcome(found)
    },
    wasCompared: (step) => stored?.compared.some(({ best }) => best === step) === true,
    async compare(later, best) {
      const { hasLost, text } = await compare(later, best)
      for (const model of [later.path, best.path, training.model]) await engine.unload(model) // the training needs the memory
      process.stderr.write(`after step ${later.step}: ${text}: ${hasLost ? 'worse' : 'the best so far'}\n`)
      store({ steps: stored?.steps ?? later.step, compared: [...(stored?.compared ?? []), { step: later.step, best: best.step, hasLost }] })
      return outcome({ hasLost })
    },
    isEnded: () => false,
    onNoPause: () => process.stderr.write('warning: the engine can’t pause a training, so the last model is kept\n'),
    unload: (model) => engine.unload(model),
  }
  return {
    chosen,
    /** Which model was kept: "after step 400 of 600". */
    kept: (): string => {
      const last = stored?.compared.at(-1)
      const step = last === undefined ? stored?.steps : last.hasLost ? last.best : last.step
      return `after step ${step} of ${stored?.steps}`
    },
  }
}
