import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workOn } from '../../main/loop/session.ts'
import type { GenerateParams } from '../../main/shared/engine-protocol.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

/** Runs with an engine that returns `texts` in turn as new tasks. Returns the requests. */
async function runWriting(
  changes: Partial<RecipeInput>,
  texts: (n: number) => string,
): Promise<{ runId: string; asked: GenerateParams[] }> {
  const runId = createTinyRun(store, home, { iterations: 1, ...changes })
  const engine = standInEngine()
  const asked: GenerateParams[] = []
  let written = 0
  const writing = {
    ...engine,
    async *generate(params: GenerateParams) {
      const isTask = params.rows.some(({ input }) => 'prompt' in input && input.prompt.startsWith('Come up with'))
      if (!isTask) return yield* engine.generate(params)
      asked.push(params)
      for (const row of params.rows.keys()) {
        yield { row, sample: 0, text: texts(written++), tokenIds: [], finishReason: 'stop' as const, promptTokens: 0 }
      }
    },
  }
  await workOn({ store, home, runId, startEngine: async () => writing })
  return { runId, asked }
}

describe('new prompts', () => {
  it('are generated from six seed tasks and two of the model’s own, once it has some', async () => {
    const { runId, asked } = await runWriting(
      { prompts: { count: 30 } },
      (n) => `Describe how number ${n} came to be so ${'very '.repeat(n % 7)}large`,
    )
    const tasks = new Set(store.examples.ofKind(runId, 'demonstration').map(({ instruction }) => instruction))
    const shown = store.prompts.ofIteration(runId, 1).map(({ demonstrations, round }) => ({
      round,
      own: demonstrations.filter((text) => !tasks.has(text)).length,
      all: new Set(demonstrations).size,
    }))
    expect(new Set(shown.map(({ all }) => all))).toEqual(new Set([8]))
    expect(shown.filter(({ round }) => round === 0).every(({ own }) => own === 0)).toBe(true)
    expect(shown.filter(({ round }) => round > 0).length).toBeGreaterThan(0)
    expect(shown.filter(({ round }) => round > 0).every(({ own }) => own === 2)).toBe(true)
    expect(asked[0].sampling).toMatchObject({ temperature: 0.6, topP: 0.9 })
  })

  it('are dropped if known, too similar, unreadable, or unfit, with the reason', async () => {
    const texts = [
      'Explain to a child how thing number 3 works today',
      'Draw me a picture of a horse now',
      '',
      '!? what is this thing about',
      'Short one',
    ]
    const { runId } = await runWriting(
      { prompts: { count: 6 } },
      (n) => texts[n] ?? `Tell me what ${['oaks', 'bees', 'rain', 'salt', 'iron', 'wind', 'moss'][n % 7]} can do for ${n} people`,
    )
    const reasons = store.prompts
      .ofIteration(runId, 1)
      .slice(0, 5)
      .map(({ reason }) => reason)
    expect(reasons.slice(1)).toEqual(['keyword', 'empty', 'not-plain-start', 'too-few-words'])
    expect(['duplicate', 'too-similar']).toContain(reasons[0])
  })

  it('end with a warning if the model generates nothing usable', async () => {
    const { runId, asked } = await runWriting(
      { prompts: { count: 6, max_attempts_per_prompt: 4 } },
      () => 'Explain to a child how thing number 3 works today',
    )
    expect(store.prompts.accepted(runId, 1)).toEqual([])
    expect(asked.flatMap(({ rows }) => rows).length).toBeLessThan(6 * 4 + 8)
    expect(store.runs.find(runId)?.status).toBe('finished')
    expect(store.events.after(runId, 0).map(({ event }) => event)).toContainEqual(expect.objectContaining({ code: 'few-prompts' }))
    expect(store.models.find(runId, 'M2')?.sha256).toBe(store.models.find(runId, 'M1')?.sha256)
  })

  it('can come from a file, each used once', async () => {
    const subjects = ['oaks', 'bees', 'rain', 'salt', 'iron', 'wind', 'moss', 'dew']
    const lines = subjects.map((subject, i) =>
      JSON.stringify({ prompt: `Write ${i + 2} lines on why ${subject} matter so much to old ${'sailors '.repeat(i)}` }),
    )
    writeFileSync(join(home, 'prompts.jsonl'), lines.join('\n'))
    const runId = createTinyRun(store, home, {
      prompts: { method: 'file', file: join(home, 'prompts.jsonl'), count: 4, filters: { max_rouge_l: 1 } },
    })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    const used = [1, 2].flatMap((iteration) => store.prompts.accepted(runId, iteration).map(({ text }) => text))
    expect(used).toEqual(lines.map((line) => (JSON.parse(line) as { prompt: string }).prompt))
  })

  it('from a file keep the requirements that they come with', async () => {
    const check = { id: 'keywords:existence', args: { keywords: ['lake'] } }
    const rows = [{ prompt: 'Say in one line why oaks matter', requirements: [{ check }] }, { prompt: 'Name the two rivers that you like' }]
    writeFileSync(join(home, 'prompts.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
    const prompts = { method: 'file', file: join(home, 'prompts.jsonl'), count: 2 } as const
    const runId = createTinyRun(store, home, { iterations: 1, prompts })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(store.prompts.accepted(runId, 1).map(({ requirements }) => requirements)).toEqual([
      [{ text: 'The response contains the word "lake".', weight: 1, check }],
      [],
    ])
  })

  it('of the grammar have requirements, and a resumed run writes the same', async () => {
    const prompts: RecipeInput['prompts'] = { method: 'grammar', count: 12, grammar: { without: ['title', 'json'], max: 2 } }
    const written = (runId: string) =>
      [1, 2].flatMap((iteration) => store.prompts.ofIteration(runId, iteration).map(({ id: _, ...row }) => row))
    const runId = createTinyRun(store, home, { prompts })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    const accepted = [1, 2].map((iteration) => store.prompts.accepted(runId, iteration))
    expect(accepted.map(({ length }) => length)).toEqual([12, 12])
    for (const { text, requirements } of accepted.flat()) {
      expect([1, 2]).toContain(requirements.length)
      expect(text.split('\n')).toHaveLength(2)
      expect(requirements.map(({ check }) => check?.id)).not.toContain('detectable_format:title')
    }
    const other = createTinyRun(store, home, { prompts })
    const stop = new AbortController()
    const engine = standInEngine()
    const stopping = {
      ...engine,
      generate(params: GenerateParams) {
        if (store.prompts.accepted(other, 1).length > 0) stop.abort()
        return engine.generate(params)
      },
    }
    expect(await workOn({ store, home, runId: other, startEngine: async () => stopping, signal: stop.signal })).toBe('paused')
    expect(await workWithStandIn(store, home, other)).toBe('finished')
    expect(written(other)).toEqual(written(runId))
  })

  it('of the grammar can take tasks that the model writes, which are then what is compared and shown', async () => {
    const tasks = ['Name three long rivers', 'Explain how bees find home', 'Say what salt is for', 'Name three long rivers.']
    const { runId, asked } = await runWriting(
      { seed_data: {}, sft: null, evaluation: { count: 0 }, prompts: { method: 'grammar', count: 16, grammar: { tasks: 'model' } } },
      (n) => tasks[n] ?? `Describe a${n} b${n} c${n} d${n}`,
    )
    const rows = store.prompts.ofIteration(runId, 1)
    expect(rows.filter(({ position }) => position !== null)).toHaveLength(16)
    expect(rows[0].text).toMatch(/^Name three long rivers\n./)
    expect(rows[3]).toMatchObject({ reason: 'too-similar', similarTo: 'Name three long rivers' })
    expect(store.prompts.accepted(runId, 1).every(({ requirements }) => requirements.length > 0)).toBe(true)
    const later = asked.slice(1).flatMap(({ rows }) => rows.map(({ input }) => ('prompt' in input ? input.prompt : '')))
    expect(later.length).toBeGreaterThan(0)
    const shown = rows.filter(({ round }) => round > 0).flatMap(({ demonstrations }) => demonstrations)
    expect(shown.some((text) => tasks.includes(text) || text.startsWith('Describe a'))).toBe(true)
    expect(shown.filter((text) => text.includes('\n'))).toEqual([])
  })

  it('of a pre-query end where the chat template continues', async () => {
    const runId = createTinyRun(store, home, { iterations: 1, prompts: { method: 'pre-query', count: 6 } })
    const engine = standInEngine()
    const asked: GenerateParams[] = []
    const watched = {
      ...engine,
      generate(params: GenerateParams) {
        asked.push(params)
        return engine.generate(params)
      },
    }
    await workOn({ store, home, runId, startEngine: async () => watched })
    const first = asked.find(({ rows }) => 'text' in rows[0].input)!
    expect(first.rows[0].input).toEqual({ text: '<s>' })
    expect(first.sampling.stop).toEqual(['\n>'])
  })
})
