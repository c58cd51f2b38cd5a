import { generators } from '../../main/common/random.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { GenerateItem, GenerateParams } from '../../main/shared/engine-protocol.ts'

const { deriveSeed, uniform } = generators.murmur

/** What the engine is asked for. */
export type Writing = 'tasks' | 'responses' | 'judgements'

const vocabulary = 3000
const skew = 3 // some words are frequent, most are rare

const wordAt = (seed: number, place: number): string => `word${Math.floor(uniform(seed, place) ** skew * vocabulary)}`

/** Twelve words, with a skewed frequency distribution like a natural language's. */
export const taskText = (index: number): string => {
  const seed = deriveSeed(index, 'task')
  return Array.from({ length: 12 }, (_, i) => wordAt(seed, i)).join(' ')
}

const pool = Array.from({ length: 50_000 }, (_, i) => wordAt(1, i)).join(' ')

/** A stretch of a long text. */
function stretch(seed: number, length: number): string {
  const from = Math.floor(uniform(seed, 1) * (pool.length - length))
  return pool.slice(from, from + length)
}

/** About 400 characters of a response and 150 of a judgement; the counts of tokens are all that is read of the IDs. */
const tokenIds = {
  tasks: new Array<number>(20).fill(0),
  responses: new Array<number>(80).fill(0),
  judgements: new Array<number>(30).fill(0),
}

/** An engine that writes what `writing` says without computing anything: tasks that differ, responses, and judgements with a score. */
export function instantEngine(writing: () => Writing): Engine {
  let tasks = 0
  const textOf = (kind: Writing, seed: number): string => {
    if (kind === 'tasks') return ` ${taskText(tasks++)}`
    if (kind === 'responses') return `${seed} ${stretch(seed, 400)}`
    return `${stretch(seed, 130)}\nScore: ${Math.floor(uniform(seed, 0) * 6)}`
  }
  async function* generate({ rows }: Pick<GenerateParams, 'rows'>): AsyncGenerator<GenerateItem> {
    const kind = writing()
    for (const [row, { seeds }] of rows.entries()) {
      for (const [sample, seed] of seeds.entries()) {
        yield { row, sample, text: textOf(kind, seed), tokenIds: tokenIds[kind], finishReason: 'stop', promptTokens: 10 }
      }
    }
  }
  return { generate } as unknown as Engine
}
