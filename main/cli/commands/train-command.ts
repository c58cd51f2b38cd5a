import type { Command } from 'commander'
import { describeIssues } from '../../common/describe-issues.ts'
import { readJsonDocument } from '../../common/json-document.ts'
import { checkReplaceable } from '../../common/replace-file.ts'
import type { TrainItem, TrainParams } from '../../shared/engine-protocol.ts'
import { badInput } from '../../shared/errors.ts'
import { lossProblems } from '../../shared/loss-settings.ts'
import { precisionOf, type TrainSettings, trainSettings } from '../../shared/train-config.ts'
import { showTrainingMemory } from '../expected-memory.ts'
import { atLine, readRows } from '../input-rows.ts'
import { addEngineOptions, type EngineOptions, showNotice, withEngine } from '../options.ts'
import { type Progress, progressLine, type StepLog, stepLog } from '../progress.ts'
import { trainRow, trainRowRemedy } from '../train-rows.ts'
import { prepareTrainingPlace, startedWith } from '../training-place.ts'

type Task = TrainParams['task']

interface TrainOptions extends EngineOptions {
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
    addEngineOptions(command).action((options: TrainOptions) => runTraining(task, options))
  }
}

async function runTraining(task: Task, options: TrainOptions): Promise<void> {
  const { model, data, log } = options
  const settings = readTrainConfig(options)
  const started = startedWith(options.out)
  const wish = settings.precision === 'auto' ? (started?.precision ?? 'auto') : settings.precision
  const rows = readRows<TrainParams['rows'][number]>(data, trainRow[task], trainRowRemedy[task])
  if (log !== undefined) checkReplaceable(log)
  await withEngine({ ...options, precision: wish }, async ({ engine, signal, beginTiming, keepEstimate }) => {
    await showNotice(engine)
    const random = started?.random ?? settings.random
    const freezePadding = settings.freeze_padding ?? started?.freezePadding ?? true
    const precision = precisionOf(wish, (await engine.info()).precision)
    const config = { ...settings, random, freeze_padding: freezePadding, precision }
    const training = { task, model, config, rows: rows.map(({ value }) => value) }
    const place = prepareTrainingPlace(options.out, training)
    try {
      keepEstimate(await showTrainingMemory(engine, training))
      const items = engine.train({ ...training, out: place.out, checkpoints: place.checkpoints }, { signal })
      await follow(items, {
        onLoaded: beginTiming,
        cut: task === 'reward' ? 'left out' : 'truncated',
        log: log === undefined ? undefined : stepLog(log, task),
        placeOf: (row) => `${data}:${rows[row]?.line}`,
      })
    } catch (error) {
      place.leave()
      throw atLine(error, data, rows)
    }
    place.clear()
  })
}

interface Following {
  readonly onLoaded: () => void
  /** What happened to rows longer than max_length. */
  readonly cut: string
  readonly log: StepLog | undefined
  /** File and line of a row. */
  readonly placeOf: (row: number) => string
}

/** Logs and shows a training until it ends. */
async function follow(items: AsyncIterable<TrainItem>, { onLoaded, cut, log, placeOf }: Following): Promise<void> {
  let progress: Progress | undefined
  let reference: Progress | undefined
  for await (const item of items) {
    if (item.kind === 'loaded') onLoaded()
    if (item.kind === 'started') {
      log?.begin()
      progress = progressLine('steps', item.steps)
      if (item.resumedFrom > 0) process.stderr.write(`resuming after step ${item.resumedFrom}\n`)
      if (item.truncatedRows > 0) process.stderr.write(`${item.truncatedRows} rows are longer than max_length and were ${cut}\n`)
      for (const { row, leftOut } of item.leftOut ?? []) process.stderr.write(`${placeOf(row)}: skipped: ${leftOut}\n`)
    }
    if (item.kind === 'reference-progress') reference = showReference(reference, item)
    if (item.kind === 'step') {
      log?.append(item.step, item.metrics)
      progress?.update(item.step, `loss ${item.metrics.loss.toFixed(4)}`)
    }
  }
  progress?.finish()
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
