import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from '../main/common/numbers.ts'
import type { Engine } from '../main/engine/hosts/engine.ts'
import { openaiEngine } from '../main/engine/hosts/openai/openai-engine.ts'
import { testServer } from '../main/engine/hosts/openai/test-server.ts'
import { type RequestUsage, usageSum } from '../main/engine/hosts/reporting-engine.ts'
import { sampling } from '../main/shared/engine-protocol.ts'
import { openaiSettings } from '../main/shared/engine-settings.ts'
import { badInput } from '../main/shared/errors.ts'
import { precision as precisionSchema } from '../main/shared/train-config.ts'
import { replaceBlock } from './harness/document-block.ts'
import { benchPrompts, sharedSampling } from './harness/generation.ts'
import { freshEngine, timed } from './harness/laurel.ts'
import { machineFacts } from './harness/machine.ts'
import { markdownTable, rounded } from './harness/table.ts'

/**
 * Candidates from a server with OpenAI's API on this machine and from Laurel's own engine, in turn: the same prompts and sampling, as a run asks for them.
 * The server is started by hand with the same model and precision; what `--write` puts into the documentation names it as `--named` says.
 *
 *     npm run bench -- server --address http://127.0.0.1:8000/v1 --served m --named "vLLM 0.32" --model MODEL --write
 */
const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    served: { type: 'string' },
    named: { type: 'string', default: 'server' },
    model: { type: 'string' },
    precision: { type: 'string', default: 'bfloat16' },
    prompts: { type: 'string', default: '64' },
    copies: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
})
const { address, served, model, named } = values
if (address === undefined || served === undefined || model === undefined)
  throw badInput('The comparison needs a server and a model.', 'Set --address, --served (the model’s name there), and --model (a path).')
const precision = precisionSchema.parse(values.precision)
const [prompts, copies, tokens, rounds] = [values.prompts, values.copies, values.tokens, values.rounds].map(Number)
const { cpu, cores } = machineFacts()

/** New tokens per second of one request for all candidates. */
async function speedOf(engine: Engine, count: () => number): Promise<number> {
  const rows = benchPrompts(prompts).map((prompt, row) => ({
    input: { prompt },
    seeds: Array.from({ length: copies }, (_, i) => row * copies + i),
  }))
  const params = { model: model!, rows, sampling: sampling.parse({ ...sharedSampling, maxNewTokens: tokens }) }
  const before = count()
  const [written, seconds] = await timed(async () => {
    let own = 0
    for await (const { tokenIds } of engine.generate({ ...params, batch: 64 })) own += tokenIds.length
    return own
  })
  return (count() > before ? count() - before : written) / seconds
}

const { total, add: onUsage } = usageSum()
const access = { name: named, settings: openaiSettings.parse({ kind: 'openai', address, model: served, concurrency: 64 }), key: null }
const test = await testServer(access, new AbortController().signal)
const sides = {
  Laurel: { engine: await freshEngine(cores, precision), count: () => 0, speeds: [] as number[] },
  [named]: { engine: openaiEngine({ ...access, onUsage }, test), count: () => total.newTokens, speeds: [] as number[] },
}
try {
  for (const { engine, count } of Object.values(sides)) await speedOf(engine, count) // warm-up
  const before = { ...total }
  for (let round = 0; round < rounds; round++) {
    for (const [name, { engine, count, speeds }] of Object.entries(sides)) {
      speeds.push(await speedOf(engine, count))
      process.stderr.write(`${name} ${round + 1}/${rounds}: ${rounded(speeds.at(-1)!)} tokens per second\n`)
    }
  }
  const perRound = (key: keyof RequestUsage): number => (total[key] - before[key]) / rounds
  const cells = (speeds: readonly number[]): string =>
    `${rounded(median(speeds))} (${rounded(Math.min(...speeds))} to ${rounded(Math.max(...speeds))})`
  const table = markdownTable(
    ['engine', 'tokens per second', 'requests', 'bytes sent', 'bytes received'],
    [
      ['Laurel, this machine', cells(sides.Laurel.speeds), '-', '-', '-'],
      [named, cells(sides[named].speeds), ...(['requests', 'sentBytes', 'receivedBytes'] as const).map((key) => rounded(perRound(key)))],
    ],
  )
  const how = `${prompts} prompts, ${copies} candidates each, at most ${tokens} tokens, ${precision}; median of ${rounds} runs in turn on ${cores} cores of an ${cpu}; the server and Laurel, which asks it, share them.`
  process.stdout.write(`${table}\n\n${how}\n`)
  const page = join(import.meta.dirname, '..', 'docs', 'benchmarks.md')
  if (values.write) writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'server', `${table}\n\n${how}`))
} finally {
  for (const { engine } of Object.values(sides)) await engine.close()
}
