import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import { type RunEvent, runEvent } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

/** Judge prompts of ordinary rows fit, those of long rows don't. */
const contextLength = 3000
const long = 'word '.repeat(800).trim()

let place: ReturnType<typeof tinyHome>
let store: Store
beforeEach(() => {
  place = tinyHome()
  store = openTinyStore(place.home)
})
afterEach(() => {
  store.close()
  place.remove()
})

const eventsOf = (runId: string): RunEvent[] => store.events.after(runId, 0).map(({ event }) => runEvent.parse(event))
const warnings = (runId: string): string[] =>
  eventsOf(runId).flatMap((event) => (event.kind === 'warning' && event.code === 'left-out' ? [event.text] : []))

async function finish(changes: Partial<RecipeInput>): Promise<string> {
  const runId = createTinyRun(store, place.home, {
    prompts: { method: 'file', file: join(place.home, 'prompts.jsonl'), count: 6 },
    ...changes,
  })
  expect(await workWithStandIn(store, place.home, runId, { contextLength })).toBe('finished')
  return runId
}

const writePrompts = (texts: readonly string[]): void =>
  writeFileSync(join(place.home, 'prompts.jsonl'), texts.map((prompt) => `${JSON.stringify({ prompt })}\n`).join(''))

describe('a row that is longer than the context', () => {
  beforeEach(() =>
    writePrompts(
      Array.from({ length: 20 }, (_, i) => `Name ${i} things of a kind that begin with the letter ${'abcdefghijklmnopqrst'[i]}`),
    ),
  )

  it.each(['additive', 'expected', 'ticks'] as const)('is left out and reported: a ranked answer, judged by %s', async (method) => {
    const ranked = Array.from({ length: 12 }, (_, q) =>
      [0, 1, 2].map((rank) => ({ question: `What is ${q}?`, answer: q === 3 && rank === 1 ? long : `Answer ${rank} to ${q}`, rank })),
    )
    writeFileSync(
      join(place.home, 'ranked.jsonl'),
      ranked
        .flat()
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    )
    const judge = method === 'ticks' ? { method, prompt: 'ticks', ticks: { yes: '+', no: '-', count: 5 } } : { method }
    const runId = await finish({ judge })
    const told = warnings(runId)
    expect(told.length).toBeGreaterThan(0)
    for (const text of told)
      expect(text).toMatch(
        /^1 of \d+ ranked answers was left out: answer \d+ \("word word.*"\): \d+ tokens don't fit the model's context of 3000\.$/,
      )
    const subjects = new Set(store.judgements.ofExamples(runId, 'ranked', 'SFT').map(({ subjectId }) => subjectId))
    const longOnes = store.examples.ofKind(runId, 'ranked').filter(({ response }) => response === long)
    for (const { id } of longOnes) expect(subjects.has(id)).toBe(false)
  })

  it('is left out and reported: a held-out prompt, in answers and in comparisons', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      instruction: `${i % 8 === 1 ? long : ''} Explain thing number ${i}`,
      input: '',
      output: `It is ${i}.`,
    }))
    writeFileSync(join(place.home, 'ift.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    for (const method of ['pairwise', 'reward'] as const) {
      const runId = await finish({ evaluation: { count: 8, method } })
      const held = store.examples.ofKind(runId, 'held-out').slice(0, 8)
      const fitting = held.filter(({ instruction }) => instruction.length < contextLength)
      expect(fitting.length).toBeLessThan(held.length)
      expect(warnings(runId).join('\n')).toMatch(/of 8 head-to-head prompts w.* left out: prompt \d+ \("word/)
      expect(store.evaluations.findOfRun(runId, 'M2', 'head-to-head', 'M1')?.result.n).toBeLessThanOrEqual(fitting.length)
      const leftOut = store.evaluationUnits.of({ runId }, ['left out', 'answers', 'M2', 'head-to-head'])
      expect(leftOut.map(({ position }) => position)).toEqual(held.filter((row) => !fitting.includes(row)).map(({ position }) => position))
    }
  })

  it('is reported once, although later evaluations and resumes need the same answers', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      instruction: `${i % 8 === 1 ? long : ''} Explain thing number ${i}`,
      input: '',
      output: `It is ${i}.`,
    }))
    writeFileSync(join(place.home, 'ift.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const runId = await finish({ iterations: 2, evaluation: { count: 8 } })
    const ofHeldOut = warnings(runId).filter((text) => text.includes('head-to-head prompts'))
    expect(ofHeldOut).toHaveLength(new Set(store.answers.counts(runId).map(({ model }) => model)).size)
    await workWithStandIn(store, place.home, runId, { contextLength })
    expect(warnings(runId).filter((text) => text.includes('head-to-head prompts'))).toEqual(ofHeldOut)
  })

  it("is left out and counted: a prompt, and responses that don't fit the judge's context", async () => {
    writePrompts([
      `${long} one`,
      ...Array.from({ length: 5 }, (_, i) => `${'text '.repeat(i === 2 ? 500 : 3)}about the letter ${'abcde'[i]} and number ${i}`),
    ])
    const runId = await finish({
      iterations: 1,
      prompts: {
        method: 'file',
        file: join(place.home, 'prompts.jsonl'),
        count: 6,
        filters: { max_characters: 10_000, max_words: 10_000, max_rouge_l: 1 },
      },
    })
    expect(warnings(runId).join('\n')).toMatch(/1 of 6 prompts was left out: prompt 1 \("word word/)
    expect(warnings(runId).join('\n')).toMatch(/3 of 15 responses were left out: response 1 to prompt 4 /)
    const report = eventsOf(runId).flatMap((event) => (event.kind === 'report' ? [event.report] : []))[0]
    expect(report.leftOut).toBe(1 + 3)
  })

  it('ends the run with one clear message if nothing is left', async () => {
    writePrompts(Array.from({ length: 6 }, (_, i) => `${long} ${i}`))
    const runId = createTinyRun(store, place.home, {
      prompts: {
        method: 'file',
        file: join(place.home, 'prompts.jsonl'),
        count: 6,
        filters: { max_characters: 10_000, max_words: 10_000, max_rouge_l: 1 },
      },
    })
    await expect(workWithStandIn(store, place.home, runId, { contextLength })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(store.runs.find(runId)?.status).toBe('failed')
    expect(store.runs.find(runId)?.error).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/^Nothing is left to continue with: 6 of 6 prompts were left out: prompt 1/),
    })
  })
})
