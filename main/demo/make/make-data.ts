import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { homeFolder } from '../../common/home.ts'
import { writeJsonLines } from '../../common/jsonl.ts'
import { resourceFile } from '../../common/resources.ts'
import { startBackend } from '../../engine/backends/start-backend.ts'
import { generate } from '../../engine/inference/generate.ts'
import { loadModel } from '../../engine/model/load-model.ts'
import { findRuntime } from '../../runtimes/find.ts'
import { bosToken, eosToken, tokensOf } from '../character-tokens.ts'
import { evaluationRow, instructionRows, promptSet, reviewedPrompts } from '../demo-seed-data.ts'
import { deriveSeed } from '../grammar.ts'
import { answerContext } from '../review-text.ts'
import { answerTokens } from '../true-accuracy.ts'

/**
 * Generates the demo's seed data: `node main/demo/make/make-data.ts [--model FOLDER] [--out FOLDER] [--seed N]`.
 *
 * - `ift.jsonl`: prompts with correct answers
 * - `eft.jsonl`: M0's own answers, sampled at T = 1, with the program's reviews: the only ground truth that the loop gets
 * - `held-out.jsonl`: prompts on which the run compares its models (by reward)
 */
const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: resourceFile('demo', 'model') },
    out: { type: 'string', default: resourceFile('demo') },
    seed: { type: 'string', default: '0' },
  },
})
const seed = Number(options.seed)
const comparisonPrompts = 100
const sampling = { greedy: false, temperature: 1, topP: 1, topK: 0, maxNewTokens: answerTokens, minNewTokens: 0, stop: [] }

writeJsonLines(join(options.out, 'ift.jsonl'), instructionRows(seed))
writeJsonLines(
  join(options.out, 'held-out.jsonl'),
  promptSet('tuning', comparisonPrompts, seed + 1).map((prompt) => ({ prompt })),
)

await startBackend({ precision: 'float32', runtimeFolder: findRuntime(homeFolder())?.folder ?? null })
const model = await loadModel(options.model, 'float32')
const prompts = reviewedPrompts(seed)
const rows = prompts.map((prompt, i) => ({
  promptIds: [bosToken, ...tokensOf(answerContext(prompt))],
  seeds: [deriveSeed(seed, 'reviewed answer', i)],
}))
const answers: string[] = []
for await (const { row, tokenIds } of generate(model, rows, { sampling, batch: 256, stopTokens: [eosToken] })) {
  answers[row] = model.files.tokenizer!.decode(tokenIds, { special: false })
}
writeJsonLines(
  join(options.out, 'eft.jsonl'),
  prompts.map((prompt, i) => evaluationRow(prompt, answers[i])),
)
