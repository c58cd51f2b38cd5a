import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from '../../main/common/numbers.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { sampling } from '../../main/shared/engine-protocol.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { timed } from '../harness/laurel.ts'
import { timeTraining } from '../harness/training.ts'
import { parametersOf, type RandomModel, randomIds, writeRandomModel } from './random-model.ts'

/** Seconds of a training step on `rows` texts of `length` tokens: the median of several steps, after a warm-up. */
export async function stepSeconds(engine: Engine, model: RandomModel, rows: number, length: number, precision: Precision): Promise<number> {
  const steps = 4
  const texts = Array.from({ length: steps * rows }, (_, i) => randomIds(length, i))
  const examples = texts.map(([first, ...rest]) => ({ prompt: { inputIds: [first] }, completion: { inputIds: rest } }))
  const work = { task: 'sft', model: folderOf(model), rows: examples, batch: rows, precision, maxLength: length } as const
  const { stepSeconds: seconds } = await timeTraining(
    engine,
    work,
    () => {},
    () => {},
  )
  return median(seconds)
}

/** Seconds to sample `tokens` tokens for each of `sequences` different prompts of `promptTokens` tokens, in one batch. */
export async function samplingSeconds(
  engine: Engine,
  model: RandomModel,
  sequences: number,
  promptTokens: number,
  tokens: number,
): Promise<number> {
  const rows = Array.from({ length: sequences }, (_, i) => ({ input: { inputIds: randomIds(promptTokens, i) }, seeds: [i] }))
  const run = async (count: number): Promise<void> => {
    const params = {
      model: folderOf(model),
      rows,
      batch: sequences,
      sampling: sampling.parse({ maxNewTokens: count, minNewTokens: count }),
    }
    let missing = sequences
    for await (const _ of engine.generate(params)) missing--
    if (missing !== 0) throw new Error('a sequence is missing')
  }
  await run(2)
  const [, seconds] = await timed(() => run(tokens))
  return seconds
}

const folders = new Map<string, string>()

/** The model's folder, created on first use and removed when the process ends. */
function folderOf(model: RandomModel): string {
  const name = String(parametersOf(model))
  let folder = folders.get(name)
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
    folders.set(name, folder)
    writeRandomModel(folder, model)
  }
  return folder
}

process.on('exit', () => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true })
})
