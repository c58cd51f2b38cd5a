import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { describeIssues } from '../../common/describe-issues.ts'
import { readJsonDocument } from '../../common/json-document.ts'
import { checkReplaceable } from '../../common/replace-file.ts'
import { trainToBest } from '../../loop/stages/best-checkpoint.ts'
import type { TrainItem, TrainParams } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import { lossProblems } from '../../shared/loss-settings.ts'
import { precisionOf, type TrainSettings, trainSettings } from '../../shared/train-config.ts'
import { showTrainingMemory } from '../expected-memory.ts'
import { atLine, readRows } from '../input-rows.ts'
import { addEngineOptions, type EngineOptions, showNotice, withEngine } from '../options.ts'
import { type Progress, progressLine, type StepLog, stepLog } from '../progress.ts'
import { addChoiceOptions, type ChoiceOptions, chosenTraining, readChoice } from '../train-choice.ts'
import { trainRow, trainRowRemedy } from '../train-rows.ts'
import { prepareTrainingPlace, startedWith } from '../training-place.ts'

type Task = TrainParams['task']

interface TrainOptions extends EngineOptions, ChoiceOptions {
  readonly model: string
  readonly data: string
  readonly out: string
  readonly config?: string
  readonly log?: string
}

export function registerTrain(program: Command): void {
  const train = program.command('train').description('train a model on examples (sft), preference pairs (dpo), or as a judge (reward)')
  const tasks = [
    { task: 'sft', description: 'supervised fine-tuning on prompts and completions', row: '{prompt, completion}' },
    {
      task: 'dpo',
      description: 'direct preference optimization on chosen and rejected responses',
      row: '{prompt, chosen, rejected}, with an optional weight and consistency',
    },
    {
      task: 'reward',
      description: 'teach a judge to say yes rather to the better of two answers (Bradley-Terry)',
      row: '{better, worse}, each {instruction, response} or a judge prompt, with an optional yes, no, margin, and weight',
    },
  ] as const
  for (const { task, description, row } of tasks) {
    const command = train
      .command(task)
      .description(description)
      .requiredOption('--model <path>', 'the model to start from: a Hugging Face folder or a GGUF file')
      .requiredOption('--data <file>', `JSON Lines: ${row}`)
      .requiredOption('--out <folder>', "the trained model's folder; an interrupted training resumes where it stopped")
      .option('--config <file>', 'JSON: learning_rate, batch_size, epochs, and so on')
      .option('--log <file>', 'JSON Lines: the metrics of each step, appended during training')
    if (task !== 'reward') addChoiceOptions(command, task)
    addEngineOptions(command).action((options: TrainOptions) => runTraining(task, options))
  }
}

async function runTraining(task: Task, options: TrainOptions): Promise<void> {
  const { model, data, log } = options
  const settings = readTrainConfig(options)
  const started = startedWith(options.out)
  const wish = settings.precision === 'auto' ? (started?.precision ?? 'auto') : settings.precision
  const rows = readRows<TrainParams['rows'][number]>(data, trainRow[task], trainRowRemedy[task])
  const { chooseEvery, validation, patience, judge, judgeMethod, maxNewTokens } = options
  const choice = await readChoice(task, model, { chooseEvery, validation, patience, judge, judgeMethod, maxNewTokens })
  if (log !== undefined) checkReplaceable(log)
  await withEngine({ ...options, precision: wish }, async ({ engine, signal, beginTiming, keepEstimate }) => {
    await showNotice(engine)
    const random = started?.random ?? settings.random
    const freezePadding = settings.freeze_padding ?? started?.freezePadding ?? true
    const precision = precisionOf(wish, (await engine.info()).precision)
    const config = { ...settings, random, freeze_padding: freezePadding, precision }
    const training = { task, model, config, rows: rows.map(({ value }) => value) }
    const place = prepareTrainingPlace(options.out, { ...training, ...(choice !== null && { choice }) })
    let isFirst = true
    const train = async (destination: Pick<TrainParams, 'out' | 'pause'>, onSteps: (steps: number) => void = () => {}): Promise<void> => {
      const items = engine.train({ ...training, ...destination, checkpoints: place.checkpoints }, { signal })
      const shown = { isFirst, cut: task === 'reward' ? 'left out' : 'truncated', placeOf: (row: number) => `${data}:${rows[row]?.line}` }
      await follow(items, { ...shown, onLoaded: beginTiming, onSteps, log: log === undefined ? undefined : stepLog(log, task) })
      isFirst = false
    }
    try {
      keepEstimate(await showTrainingMemory(engine, training))
      if (choice === null || existsSync(place.out)) await train({ out: place.out })
      else {
        const { chosen, kept } = chosenTraining(choice, { engine, signal, place, training, train })
        await trainToBest(chosen, place.out)
        process.stderr.write(`kept: the model ${kept()}\n`)
      }
    } catch (error) {
      place.leave()
      throw atLine(error, data, rows)
    }
    place.clear()
  })
}

interface Following {
  /** Whether the command asks for this training for the first time: later requests continue it after a pause. */
  readonly isFirst: boolean
  readonly onLoaded: () => void
  readonly onSteps: (steps: number) => void
  /** What happened to rows longer than max_length. */
  readonly cut: string
  readonly log: StepLog | undefined
  /** File and line of a row. */
  readonly placeOf: (row: number) => string
}

/** Logs and shows a training until it ends. */
async function follow(items: AsyncIterable<TrainItem>, { isFirst, onLoaded, onSteps, cut, log, placeOf }: Following): Promise<void> {
  let progress: Progress | undefined
  let reference: Progress | undefined
  for await (const item of items) {
    if (item.kind === 'loaded' && isFirst) onLoaded()
    if (item.kind === 'started') {
      log?.begin()
      progress = progressLine('steps', item.steps)
      if (item.steps > 0) onSteps(item.steps)
      if (isFirst) reportStart(item, { cut, placeOf })
    }
    if (item.kind === 'reference-progress') reference = showReference(reference, item)
    if (item.kind === 'step') {
      log?.append(item.step, item.metrics)
      progress?.update(item.step, `loss ${item.metrics.loss.toFixed(4)}`)
    }
  }
  progress?.finish()
}

function reportStart(
  { resumedFrom, truncatedRows, leftOut = [] }: Extract<TrainItem, { kind: 'started' }>,
  { cut, placeOf }: Pick<Following, 'cut' | 'placeOf'>,
): void {
  if (resumedFrom > 0) process.stderr.write(`resuming after step ${resumedFrom}\n`)
  if (truncatedRows > 0) process.stderr.write(`${truncatedRows} rows are longer than max_length and were ${cut}\n`)
  for (const { row, leftOut: reason } of leftOut) process.stderr.write(`${placeOf(row)}: skipped: ${reason}\n`)
}

function showReference(line: Progress | undefined, { done, total }: { done: number; total: number }): Progress {
  const shown = line ?? progressLine('reference log-probabilities', total)
  shown.update(done)
  if (done === total) shown.finish()
  return shown
}

/** The config file's content; `--precision` takes precedence. Every key has a default. */
export function readTrainConfig({ config: path, precision }: Pick<TrainOptions, 'config' | 'precision'>): TrainSettings {
  const parsed = trainSettings.safeParse(path === undefined ? {} : readJsonDocument(path, 'It must be one JSON object.'))
  if (!parsed.success) throw badInput(`${path}: ${describeIssues(parsed.error)}`, `Keys: ${Object.keys(trainSettings.shape).join(', ')}.`)
  for (const { key, message, remedy } of lossProblems(parsed.data)) throw badInput(`${path}: ${key}: ${message}`, remedy)
  return { ...parsed.data, ...(precision && { precision }) }
}
