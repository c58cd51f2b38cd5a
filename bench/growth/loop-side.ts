import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homePaths } from '../../main/common/home.ts'
import { generators } from '../../main/common/random.ts'
import { promptFilter } from '../../main/data/prompt-filters.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { rougeIndex } from '../../main/evaluation/rouge-l.ts'
import { outcomesOf } from '../../main/loop/preferences/training-pairs.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { onOneEngine } from '../../main/loop/run-engines.ts'
import { sampleCandidates } from '../../main/loop/stages/candidates.ts'
import { judgeCandidates } from '../../main/loop/stages/judge-candidates.ts'
import { makePairs } from '../../main/loop/stages/make-pairs.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore } from '../../main/store/store.ts'

const { deriveSeed, uniform } = generators.murmur

/** Seconds of the loop's own work for so many prompts: requesting, storing, and reading candidates, judgements, and pairs with an instant engine. */
export async function loopSeconds(prompts: number): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
  const store = openStore(homePaths(home).database)
  try {
    const recipe = recipeSchema.parse({ name: 'growth', base_model: 'none', seed_data: { ift: 'none' } })
    const runId = store.runs.create({ name: 'growth', recipe })
    for (const name of ['M0', 'M1']) {
      store.models.add({ runId, name, path: 'none', initialisedFrom: null, reference: null, data: '', sha256: '' })
    }
    store.transaction(() => {
      for (let i = 0; i < prompts; i++) store.prompts.add(runId, promptRow(i))
    })
    const never = new AbortController().signal
    const stage: Stage = {
      ...{ runId, recipe, store, engines: onOneEngine(instantEngine), precision: 'float32', home, checkers: [], tell: () => {} },
      ...{ signal: never, stop: never, conclude: never, iteration: 1, stage: 'candidates' },
    }
    const begin = performance.now()
    const row = store.models.find(runId, 'M1')!
    await sampleCandidates(stage, row)
    await judgeCandidates({ ...stage, stage: 'judgements' }, row)
    makePairs({ ...stage, stage: 'pairs' })
    if ([...outcomesOf(stage)].every(({ trains }) => trains === undefined)) throw new Error('no pairs were made')
    return (performance.now() - begin) / 1000
  } finally {
    store.close()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Seconds to check each of so many new prompts for similarity with all previous ones. */
export function filterSeconds(prompts: number): number {
  const filter = promptFilter(recipeSchema.parse({ name: 'growth', base_model: 'none' }).prompts.filters, rougeIndex(), [])
  const texts = Array.from({ length: prompts }, (_, i) => promptText(i))
  const begin = performance.now()
  for (const text of texts) filter.offer(text)
  return (performance.now() - begin) / 1000
}

const promptRow = (place: number) => ({
  ...{ iteration: 1, round: 0, place, text: promptText(place), position: place },
  ...{ reason: null, similarity: null, similarTo: null, demonstrations: [], requirements: [] },
})

const words = 2000 // in the prompts' vocabulary
const skew = 3 // some words are frequent, most are rare

/** Twelve words, with a skewed frequency distribution like a natural language's. */
const promptText = (index: number): string =>
  Array.from({ length: 12 }, (_, i) => `word${Math.floor(uniform(deriveSeed(index, 'prompt'), i) ** skew * words)}`).join(' ')

/** Answers with a text that differs by seed and can be parsed as a judgement. */
async function* generate({
  rows,
}: Parameters<Engine['generate']>[0]): ReturnType<Engine['generate']> extends AsyncIterable<infer Item> ? AsyncGenerator<Item> : never {
  for (const [row, { seeds }] of rows.entries()) {
    for (const [sample, seed] of seeds.entries()) {
      const text = `This is answer ${seed}. Score: ${Math.floor(uniform(seed, 0) * 6)}`
      yield { row, sample, text, tokenIds: [1, 2, 3], finishReason: 'stop', promptTokens: 10 }
    }
  }
}

const instantEngine = { generate } as unknown as Engine
