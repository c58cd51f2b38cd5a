import { describe, expect, it } from 'vitest'
import { distributionsOf, reviewedOf } from '../../main/app/charts/distributions.ts'
import { readRows } from '../../main/app/charts/row-tables.ts'
import { timelineOf } from '../../main/app/charts/timeline.ts'
import { runExports } from '../../main/app/export/exports.ts'
import { detailsOf } from '../../main/app/runs/show-run.ts'
import { workOn } from '../../main/loop/session.ts'
import type { DpoRow, GenerateParams, TrainParams } from '../../main/shared/engine-protocol.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { recordingStandIn, type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { contentOfKilledRun, contentOfRun, createTinyRun } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
let trainings: TrainParams[]
let generations: GenerateParams[]
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
  trainings = []
  generations = []
})

/** The meta-judge of these tests prefers the judgement with the higher score, and how strongly it prefers the first place. */
function work(runId: string, { bias = 0, ...options }: StandInOptions & { bias?: number } = {}) {
  const engine = recordingStandIn(options, { trainings, generations })
  const score: typeof engine.score = async function* (params, call) {
    for await (const item of engine.score(params, call)) {
      const { input } = params.rows[item.row]
      const judgements = 'prompt' in input ? /<judgement_a>(.*)<\/judgement_a>.*<judgement_b>(.*)<\/judgement_b>/s.exec(input.prompt) : null
      if (judgements === null) yield item
      else {
        const [a, b] = judgements.slice(1).map((text) => Number(/Score: (\d)/.exec(text)?.[1] ?? -1))
        yield { ...item, choiceLogprobs: [[a + bias, b]] }
      }
    }
  }
  return workOn({ store, home, runId, startEngine: async () => ({ ...engine, score }) })
}

const textOf = (side: unknown): string => (side as { content: string }[])[0].content
const scoreIn = (text: string): number => Number(/Score: (\d)/.exec(text)?.[1] ?? -1)
const codesOf = (runId: string): string[] => store.events.ofKind(runId, 'warning').map(({ event }) => (event as { code: string }).code)

const judgement: StandInOptions['judgement'] = (_, seed) => `Reason ${seed % 1000}.\nScore: ${seed % 6}`
const recipe = (changes: Partial<RecipeInput['meta']> = {}): Partial<RecipeInput> => ({
  iterations: 1,
  meta: { count: 4, judgements: 4, ...changes },
})

describe('a run with judge pairs', () => {
  it('ends with the same models however often it was killed', async () => {
    const changes = { ...recipe(), iterations: 2 }
    expect(await workOn({ store, home, runId: createTinyRun(store, home, changes), startEngine: async () => standInEngine() })).toBe(
      'finished',
    )
    const whole = contentOfRun(home)
    expect(whole.judgePairs.length).toBeGreaterThan(0)
    expect(await contentOfKilledRun(changes, (attempt) => ({ diesAfter: 60 + 60 * attempt }))).toEqual(whole)
  })

  it('compares every two judgements of the most disputed responses in both orders, and trains on the best against the worst', async () => {
    const runId = createTinyRun(store, home, recipe())
    await work(runId, { judgement })
    const comparisons = store.judgePairs.comparisons(runId, 1)
    const byResponse = Map.groupBy(comparisons, ({ candidateId }) => candidateId)
    expect(byResponse.size).toBe(4)
    const all = [...store.judgements.ofCandidates(runId, 1), ...store.secondJudgements.ofIteration(runId, 1, 'meta')]
    const judgements = Map.groupBy(all, ({ subjectId }) => subjectId)
    for (const [id, own] of byResponse) {
      expect(judgements.get(id)!.map(({ sample }) => sample)).toEqual([0, 1, 2, 3]) // three set the reward, one is further
      expect(own).toHaveLength(4 * 3)
    }
    const prompts = store.candidates.ofIteration(runId, 1).filter(({ id }) => byResponse.has(id))
    expect(new Set(prompts.map(({ promptId }) => promptId)).size).toBe(4) // one response of a prompt

    const pairs = store.judgePairs.ofIteration(runId, 1)
    expect(pairs.length).toBeGreaterThan(0)
    for (const { prompt, chosen, rejected, chosenElo, rejectedElo } of pairs) {
      const candidate = prompts.find(({ text, instruction }) => prompt.includes(text) && prompt.includes(instruction))!
      const scores = judgements.get(candidate.id)!.map(({ text }) => scoreIn(text))
      expect([scoreIn(chosen), scoreIn(rejected)]).toEqual([Math.max(...scores), Math.min(...scores)])
      expect(chosenElo).toBeGreaterThan(rejectedElo)
    }
    const rows = trainings.at(-1)!.rows as DpoRow[]
    const actors = store.pairs.ofIteration(runId, 1)
    expect(rows.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected].map(textOf))).toEqual([
      ...actors.map(({ instruction, chosenText, rejectedText }) => [instruction, chosenText, rejectedText]),
      ...pairs.map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected]),
    ])
    expect(store.models.find(runId, 'M2')?.data).toBe(`${actors.length} pairs and ${pairs.length} judge pairs of M1`)
    expect(store.stages.find(runId, 1, 'train')?.summary).toMatchObject({
      pairs: actors.length,
      judge_pairs: pairs.length,
      rows: rows.length,
    })
  })

  it('samples further judgements at the temperature of the recipe’s meta', async () => {
    const runId = createTinyRun(store, home, recipe({ temperature: 0.33 }))
    await work(runId, { judgement })
    const further = generations.filter(({ sampling }) => sampling.temperature === 0.33)
    expect(further.flatMap(({ rows }) => rows.flatMap(({ seeds }) => seeds))).toHaveLength(4)
  })

  it('shows the pairs and the agreement of both orders on the run’s page, and exports them', async () => {
    const runId = createTinyRun(store, home, recipe())
    await work(runId, { judgement })
    const run = store.runs.resolve(runId)
    const { stages } = timelineOf(store, reviewedOf(store), run)
    const pairs = store.judgePairs.ofIteration(runId, 1)
    const stage = stages.find((one) => one.stage === 'judge-pairs')
    expect(stage).toMatchObject({ iteration: 1, state: 'done', made: pairs.length, of: 4 })
    expect(stage?.agreement).toBeGreaterThan(0.5) // ties of equal scores agree on nothing
    expect(readRows(store).judgePairs({ runId, iteration: 1, offset: 1, limit: 1 })).toEqual({ total: pairs.length, rows: [pairs[1]] })
    const choice = { run: runId, what: 'pairs', form: 'trl', iterations: null, pairs: 'judged', model: null } as const
    const { rows, notes } = runExports(store, home).summary(choice)
    expect(rows).toBe(store.pairs.ofIteration(runId, 1).length + pairs.length)
    expect(notes.join(' ')).toContain(`${pairs.length} rows are judge pairs`)
    expect(distributionsOf(store, reviewedOf(store))(run)[0].pairs).toBe(store.pairs.ofIteration(runId, 1).length)
    expect(detailsOf(store, run).models.find(({ name }) => name === 'M1')?.made?.judgements).toBe(54) // further ones set no reward
  })

  it('makes no pair where the place decides every comparison, and warns of it', async () => {
    const runId = createTinyRun(store, home, recipe())
    await work(runId, { judgement, bias: 100 })
    expect(store.judgePairs.count(runId, 1)).toBe(0)
    expect(store.stages.find(runId, 1, 'judge-pairs')?.summary).toMatchObject({ judge_pairs: 0, agreement: 0, first_place: 1 })
    expect(codesOf(runId)).toContain('meta-flips')
  })

  it('drops pairs whose best judgement is too long, and one that can’t be read is never the best', async () => {
    const runId = createTinyRun(store, home, recipe({ max_characters: 5 }))
    await work(runId, { judgement })
    expect(store.judgePairs.comparisons(runId, 1).length).toBeGreaterThan(0)
    expect(store.judgePairs.count(runId, 1)).toBe(0)
    const other = createTinyRun(store, home, { ...recipe(), name: 'unreadable' })
    await work(other, {
      judgement: (_, seed) => (seed % 2 === 0 ? `No score, ${seed % 1000}.` : `Reason ${seed % 1000}.\nScore: ${seed % 6}`),
    })
    const pairs = store.judgePairs.ofIteration(other, 1)
    expect(pairs.length).toBeGreaterThan(0)
    for (const { chosen } of pairs) expect(scoreIn(chosen)).toBeGreaterThanOrEqual(0)
  })

  it('warns that a judge without text has no judgements to compare, and continues without', async () => {
    const runId = createTinyRun(store, home, { ...recipe(), judge: { method: 'expected' } })
    expect(await work(runId)).toBe('finished')
    expect(codesOf(runId)).toContain('no-judge-pairs')
    expect(store.judgePairs.comparisons(runId, 1)).toEqual([])
  })

  it('has them only in the iterations that the recipe says', async () => {
    const runId = createTinyRun(store, home, { ...recipe({ iterations: 1 }), iterations: 2 })
    await work(runId, { judgement })
    expect(store.judgePairs.count(runId, 1)).toBeGreaterThan(0)
    expect(store.judgePairs.comparisons(runId, 2)).toEqual([])
  })

  it('writes further judgements for a judge of ticks, which judges once', async () => {
    const ticks = { yes: '+', no: '-', count: 5 }
    const runId = createTinyRun(store, home, {
      ...recipe(),
      judge: { method: 'ticks', prompt: 'ticks', ticks, temperature: 0 },
    })
    expect(await work(runId)).toBe('finished')
    const further = store.secondJudgements.ofIteration(runId, 1, 'meta')
    expect(further).toHaveLength(4 * 3)
    for (const { text, score } of further) expect(score).toBe(text.split('+').length - 1)
    expect(store.judgePairs.comparisons(runId, 1).length).toBeGreaterThan(0)
  })
})
