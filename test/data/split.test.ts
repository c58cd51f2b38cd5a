import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import { hasOrder, type InstructionExample, promptKey, type RankedPrompt } from '../../main/data/imported.ts'
import { type SeedSplit, splitSeedData } from '../../main/data/split.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

const example = (prompt: string): InstructionExample => ({ line: 1, prompt, response: 'x' })
const ranked = (prompt: string): RankedPrompt => ({ prompt, answers: [0, 1].map((rank) => ({ line: 1, text: `${rank}`, rank })) })
const named = <T>(count: number, make: (prompt: string) => T, from = 0): T[] =>
  Array.from({ length: count }, (_, i) => make(`prompt ${from + i}`))
const options = { seed: 1, random: 'philox', rankedHeldOut: 10, evaluationCount: 10 } as const

const parts = (split: SeedSplit): string[][] => [
  split.ift.map((row) => promptKey(row.prompt)),
  split.eftTrain.map((row) => promptKey(row.prompt)),
  split.eftHeldOut.map((row) => promptKey(row.prompt)),
  split.evaluation.map(promptKey),
]
function expectDisjoint(split: SeedSplit) {
  const sets = parts(split).map((part) => new Set(part))
  expect(new Set(sets.flatMap((set) => [...set])).size).toBe(sets.reduce((sum, set) => sum + set.size, 0))
}

describe('seed data splits', () => {
  test('no prompt is in two parts, none is lost, and the held-out parts have the requested size', () => {
    const split = splitSeedData(named(100, example), named(60, ranked, 70), options)
    expectDisjoint(split)
    expect(split.eftHeldOut).toHaveLength(10)
    expect(split.evaluation).toHaveLength(10)
    expect(new Set(parts(split).flat()).size).toBe(130)
  })

  test('prompts usable for both IFT and EFT are divided by the share', () => {
    const split = (eftShare: number) => splitSeedData(named(100, example), named(100, ranked), { ...options, eftShare })
    expect(parts(split(0.5)).map((part) => part.length)).toEqual([40, 40, 10, 10])
    expect(parts(split(0)).map((part) => part.length)).toEqual([80, 0, 10, 10])
    expect(parts(split(1)).map((part) => part.length)).toEqual([0, 80, 10, 10])
  })

  test('prompts that differ only in whitespace are the same', () => {
    const split = splitSeedData(
      [...named(20, example), ...named(20, (prompt) => example(`${prompt.replace(' ', '\n ')} `))],
      named(20, ranked),
      {
        ...options,
        rankedHeldOut: 5,
        evaluationCount: 5,
      },
    )
    expectDisjoint(split)
    expect(split.evaluation).toHaveLength(5)
    expect(split.ift.length).toBe(2 * new Set(split.ift.map((row) => promptKey(row.prompt))).size)
  })

  test('the order of rows only affects the order within the parts', () => {
    const split = splitSeedData(named(50, example), named(50, ranked, 25), options)
    const reversed = splitSeedData(named(50, example).reverse(), named(50, ranked, 25).reverse(), options)
    expect(parts(reversed).map((part) => part.sort())).toEqual(parts(split).map((part) => part.sort()))
  })

  test('a different seed draws different prompts', () => {
    const split = (seed: number) => parts(splitSeedData(named(50, example), named(50, ranked, 25), { ...options, seed }))
    expect(split(2)).not.toEqual(split(1))
    expect(split(2)).toEqual(split(2))
  })

  test('reserved prompts and unordered ranked prompts are in no part', () => {
    const unordered: RankedPrompt = { prompt: 'alone', answers: [{ line: 1, text: 'a', rank: 0 }] }
    const split = splitSeedData(named(50, example), [...named(50, ranked, 25), unordered], {
      ...options,
      reserved: ['prompt 30', 'prompt 3'],
    })
    expect(parts(split).flat()).not.toContain('prompt 30')
    expect(parts(split).flat()).not.toContain('prompt 3')
    expect(parts(split).flat()).not.toContain('alone')
  })

  test('too few prompts to hold out are an error that names the field', () => {
    expect(() => splitSeedData(named(50, example), named(10, ranked), options)).toThrow(
      'seed_data.ranked_held_out is 10, but the seed data has only 10 ranked prompts',
    )
    expect(() => splitSeedData(named(10, example), named(50, ranked, 50), options)).toThrow(
      'evaluation.count is 10, but the seed data has only 10',
    )
    expect(() => splitSeedData([], [], { seed: 1, random: 'philox', rankedHeldOut: 0, evaluationCount: 0 })).not.toThrow()
  })

  test('the parts are disjoint and complete for any overlap and seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 60 }), fc.integer({ min: 20, max: 60 }), fc.nat(60), fc.nat(1000), (n, m, from, seed) => {
        const split = splitSeedData(named(n, example), named(m, ranked, from), {
          seed,
          random: 'philox',
          rankedHeldOut: 5,
          evaluationCount: 5,
        })
        expectDisjoint(split)
        expect(parts(split).flat().length).toBe(new Set([...named(n, (p) => p), ...named(m, (p) => p, from)]).size)
      }),
      { numRuns: 50 },
    )
  })

  needing(referenceNumbers).test('human-ranked answers can serve IFT, EFT, and both held-out sets at the same time', async () => {
    const imported = await importFile(sharedFile('data/oasst2-ranked.jsonl'))
    const split = splitSeedData(imported.instructions, imported.ranked, {
      seed: 0,
      random: 'philox',
      rankedHeldOut: 64,
      evaluationCount: 64,
    })
    expectDisjoint(split)
    expect(split.eftHeldOut).toHaveLength(64)
    expect(split.evaluation).toHaveLength(64)
    expect(split.eftTrain.every(hasOrder)).toBe(true)
    expect(split.ift.length).toBeGreaterThan(500)
    expect(split.eftTrain.length).toBeGreaterThan(300)
  })
})
