import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generators } from '../../main/common/random.ts'
import type { TrainOptions } from '../../main/engine/hosts/engine.ts'
import type { TrainItem, TrainParams } from '../../main/shared/engine-protocol.ts'
import { stopped } from '../../main/shared/errors.ts'
import { fingerprintedSettings } from '../../main/shared/train-config.ts'

/** A stand-in engine's models, which are small texts, and how it trains them. */

const { uniform } = generators.murmur

/** Counts an item, or throws if the engine dies or is asked to stop. */
export type Give = (signal: AbortSignal | undefined) => Promise<void>

export const digest = (...parts: unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')
/** The text that a model is. */
export const contentOf = (model: string): string =>
  readdirSync(model)
    .sort()
    .map((name) => readFileSync(join(model, name), 'utf8'))
    .join('\0')

function* referencesOf({ task, rows }: TrainParams): Generator<TrainItem> {
  if (task === 'dpo') for (const row of rows.keys()) yield { kind: 'reference', row, chosen: -10 - row, rejected: -12 - row }
}

/**
 * Training writes a small file whose content is a function of rows and settings, step by step, with checkpoints. A resumed training reports its
 * steps again.
 */
export async function* train(params: TrainParams, { signal, conclude }: TrainOptions = {}, give: Give): AsyncGenerator<TrainItem> {
  const steps = Math.max(1, Math.ceil((params.rows.length * params.config.epochs) / params.config.batch_size))
  mkdirSync(params.checkpoints, { recursive: true })
  const journal = join(params.checkpoints, 'journal')
  const told = existsSync(journal)
    ? readFileSync(journal, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as TrainItem & { kind: 'step' })
    : []
  if (existsSync(params.out)) {
    yield { kind: 'started', steps: 0, resumedFrom: 0, truncatedRows: 0 }
    yield* told
    return yield* referencesOf(params)
  }
  const newest = readdirSync(params.checkpoints)
    .filter((name) => /^\d+$/.test(name))
    .sort()
    .at(-1)
  const resumedFrom = newest === undefined ? 0 : Number(newest)
  let weights =
    newest === undefined
      ? digest(contentOf(params.model), fingerprintedSettings(params.config), params.rows)
      : readFileSync(join(params.checkpoints, newest), 'utf8')
  yield { kind: 'started', steps, resumedFrom, truncatedRows: 0 }
  yield* referencesOf(params)
  const known = told.filter(({ step }) => step <= resumedFrom)
  writeFileSync(journal, known.map((item) => `${JSON.stringify(item)}\n`).join(''))
  yield* known
  if (conclude?.aborted && resumedFrom === 0) throw stopped()
  const keepCheckpoint = (step: number): TrainItem => {
    const path = join(params.checkpoints, String(step).padStart(6, '0'))
    writeFileSync(`${path}.part`, weights)
    renameSync(`${path}.part`, path)
    return { kind: 'checkpoint', step, path }
  }
  for (let step = resumedFrom + 1; step <= steps && !conclude?.aborted; step++) {
    if (params.pause !== undefined && step > params.pause.at) {
      yield keepCheckpoint(step - 1)
      await give(signal)
      if (!existsSync(params.pause.model)) writeModel(params.pause.model, weights)
      return
    }
    await give(signal)
    weights = digest(weights, params.rows[step % params.rows.length], step)
    const loss = uniform(Number.parseInt(weights.slice(0, 8), 16), 0)
    const item: TrainItem = {
      kind: 'step',
      step,
      metrics: { loss, 'rewards/accuracies': loss, 'logps/chosen': -10, num_tokens: step * 10 },
    }
    appendFileSync(journal, `${JSON.stringify(item)}\n`)
    yield item
    if (params.config.save_steps > 0 && step % params.config.save_steps === 0) yield keepCheckpoint(step)
  }
  await give(signal)
  writeModel(params.out, weights)
}

/** Write a model for the fake engine, atomically. */
export function writeModel(folder: string, weights: string): void {
  if (existsSync(folder)) throw new Error(`${folder} already exists`)
  const part = `${folder}.part-${process.pid}-${Math.random()}`
  mkdirSync(part, { recursive: true })
  writeFileSync(join(part, 'config.json'), '{}')
  writeFileSync(join(part, 'weights'), weights)
  renameSync(part, folder)
}
