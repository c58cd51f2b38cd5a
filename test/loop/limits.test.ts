import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readTrainConfig } from '../../main/cli/commands/train-command.ts'
import { runMemory } from '../../main/loop/run-memory.ts'
import { runTime, totalSeconds } from '../../main/loop/run-time.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { trainSettings } from '../../main/shared/train-config.ts'

const shape = {
  ...{ vocabulary: 104, hidden: 128, intermediate: 344, layers: 4, heads: 4, keyValueHeads: 4, headDim: 32 },
  ...{ attentionBias: false, queryKeyNorm: false, tiedEmbeddings: true },
}
const none = { rows: 0, promptTokens: 0, responseTokens: 0 }
const seeds = { ift: none, eft: none, rankedAnswers: none, rankedPrompts: 0 }
const smallest = { name: 'x', base_model: '/x' }

interface Place {
  readonly key: readonly string[]
  readonly least: number
  readonly most: number
}

/** Every number of a schema, with its bounds, from the JSON Schema that zod generates. */
function numbersOf(schema: z.ZodType): Place[] {
  type Node = {
    type?: string
    properties?: Record<string, Node>
    anyOf?: Node[]
    minimum?: number
    exclusiveMinimum?: number
    maximum?: number
    exclusiveMaximum?: number
  }
  const walk = (node: Node, key: readonly string[]): Place[] => [
    ...(node.type === 'number' || node.type === 'integer'
      ? [
          {
            key,
            least: node.minimum ?? node.exclusiveMinimum ?? Number.NEGATIVE_INFINITY,
            most: node.maximum ?? node.exclusiveMaximum ?? Number.POSITIVE_INFINITY,
          },
        ]
      : []),
    ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) => walk(inner, [...key, name])),
    ...(node.anyOf ?? []).flatMap((inner) => walk(inner, key)),
  ]
  return walk(z.toJSONSchema(schema, { io: 'input' }) as Node, [])
}

const documentWith = (key: readonly string[], value: unknown): unknown =>
  key.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), value)

/** Numbers whose size has no cost. */
const isFree = (key: readonly string[]): boolean => key.at(-1) === 'seed' || key.join('.') === 'version'

describe('every number', () => {
  it('in a recipe has an upper limit, and a larger value is rejected by key', () => {
    const places = numbersOf(recipeSchema).filter(({ key }) => !isFree(key))
    expect(places.length).toBeGreaterThan(60)
    for (const { key, most } of places) {
      expect(most, key.join('.')).toBeLessThanOrEqual(1e8)
      const parsed = recipeSchema.safeParse({ ...smallest, ...(documentWith(key, 1e12) as object) })
      expect(
        parsed.error?.issues.map(({ path }) => path.join('.')),
        key.join('.'),
      ).toContain(key.join('.'))
    }
  })

  it('in a training config has one too', () => {
    for (const { key, most } of numbersOf(trainSettings)) {
      if (isFree(key)) continue
      expect(most, key.join('.')).toBeLessThanOrEqual(1e8)
      expect(trainSettings.safeParse(documentWith(key, 1e15)).success, key.join('.')).toBe(false)
    }
  })

  it('in a training config file is rejected with file and key in one line', () => {
    expect(() => readTrainConfig({ config: '/no/such/config.json' })).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

describe('an estimate', () => {
  it('is computed for any recipe within the limits without errors, and without looping over its numbers', () => {
    const places = numbersOf(recipeSchema).filter(({ key }) => !isFree(key))
    const estimate = (changes: object): void => {
      const parsed = recipeSchema.safeParse({ ...smallest, ...changes })
      if (!parsed.success) return
      const stages = runTime(shape, parsed.data, seeds, 100)
      expect(stages.length).toBeLessThanOrEqual(15)
      expect(Number.isFinite(totalSeconds(stages))).toBe(true)
      expect(runMemory(shape, parsed.data, 'float32').training.total).toBeGreaterThan(0)
    }
    for (const { key, least, most } of places) for (const value of [least, most]) estimate(documentWith(key, value) as object)
    const both = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...places))
    fc.assert(
      fc.property(both, ([a, b]) => estimate({ ...(documentWith(a.key, a.most) as object), ...(documentWith(b.key, b.most) as object) })),
      { seed: 1, numRuns: 200 },
    )
    const huge = { batch_size: 65_536, gradient_accumulation: 65_536 }
    estimate({ iterations: 1000, sft: huge, dpo: huge })
  })
})
