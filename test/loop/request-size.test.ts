import { expect, test } from 'vitest'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { stoppableEngine } from '../../main/engine/hosts/stoppable-engine.ts'
import { generateMissing, greedySampling, range } from '../../main/loop/stage-work.ts'
import type { GenerateParams } from '../../main/shared/engine-protocol.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'

type Row = { readonly row: number }

interface Work {
  readonly rows: number
  readonly samples?: number
  readonly chunk?: number
  /** What the engine says about itself; by default nothing, as this machine's. */
  readonly requestRows?: number
  readonly isDone?: (row: Row, sample: number) => boolean
}

/** Has an engine answer rows, each by its own text and seed. Returns the rows of each request, and what was kept. */
async function asked({ rows, samples = 1, chunk = 8, requestRows, isDone = () => false }: Work) {
  const sizes: number[] = []
  const kept = new Map<string, string>()
  let questions = 0
  const engine = {
    async *generate({ rows }: GenerateParams) {
      sizes.push(rows.length)
      for (const [row, { input, seeds }] of rows.entries()) {
        for (const [sample, seed] of seeds.entries()) {
          const text = `${JSON.stringify(input)} by ${seed}`
          yield { row, sample, text, tokenIds: [], finishReason: 'stop' as const, promptTokens: 0 }
        }
      }
    },
    ...(requestRows !== undefined && {
      async requestRows() {
        questions++
        return requestRows
      },
    }),
  } as unknown as Engine
  const signal = new AbortController().signal
  const recipe = recipeSchema.parse({ name: 'x', base_model: 'x', chunk })
  const units = {
    ...{ rows: range(rows).map((row) => ({ row })), samples, isDone, leaveOut: () => {} },
    seed: ({ row }: Row, sample: number) => 100 * row + sample,
    keep: ({ row }: Row, sample: number, text: string) => void kept.set(`${row}/${sample}`, text),
  }
  const ask = { model: 'm', sampling: greedySampling(8), input: ({ row }: Row) => ({ prompt: `p${row}` }) }
  await generateMissing({ recipe, engine: stoppableEngine(engine, signal), signal }, units, { ...ask, read: ({ text }) => text })
  return { sizes, kept, questions }
}

test("a request to this machine has the recipe's units", async () => {
  expect((await asked({ rows: 10, samples: 2 })).sizes).toEqual([4, 4, 2])
})

test('a request to a cluster has the rows that keep its engines busy', async () => {
  const { sizes, questions } = await asked({ rows: 250, samples: 2, requestRows: 100 })
  expect(sizes).toEqual([100, 100, 50])
  expect(questions).toBe(1)
})

test("a recipe's chunk can be larger than what keeps a cluster busy", async () => {
  expect((await asked({ rows: 40, samples: 2, chunk: 60, requestRows: 10 })).sizes).toEqual([30, 10])
})

test("a cluster of any size gets no more rows than this machine's memory holds", async () => {
  expect((await asked({ rows: 20_000, requestRows: 1_000_000 })).sizes).toEqual([16_384, 3_616])
})

test('what is kept is the same whatever the size of a request is', async () => {
  const [small, large] = [await asked({ rows: 50, samples: 3 }), await asked({ rows: 50, samples: 3, requestRows: 32 })]
  expect(large.sizes).not.toEqual(small.sizes)
  expect(large.kept).toEqual(small.kept)
  expect(large.kept.size).toBe(150)
})

test('rows are requested together as before they were partly answered', async () => {
  const isDone = ({ row }: Row, sample: number): boolean => row < 40 || sample === 0
  const { sizes, kept } = await asked({ rows: 100, samples: 2, requestRows: 32, isDone })
  expect(sizes).toEqual([32, 32, 4]) // rows 32 to 63, of which 32 to 39 are answered, and so on
  expect(kept.size).toBe(60)
})

test('a cluster that has nothing to answer isn’t asked for its size, which would start its job', async () => {
  const { sizes, questions } = await asked({ rows: 100, requestRows: 32, isDone: () => true })
  expect([sizes, questions]).toEqual([[], 0])
})
