import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runsApi } from '../../main/app/runs/runs.ts'
import { detailsText } from '../../main/cli/run-text.ts'
import { taskFiles, taskOf } from '../../main/data/grammar-prompts.ts'
import { importInThread } from '../../main/data/import-thread.ts'
import { promptsOf } from '../../main/data/imported.ts'
import { checkIds, readyCheck } from '../../main/evaluation/checks/checks.ts'
import { workOn } from '../../main/loop/session.ts'
import type { ResponseInput, SftRow, TrainParams } from '../../main/shared/engine-protocol.ts'
import { requirementJudging } from '../../main/shared/outside-measures.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { recordingStandIn, type StandInOptions } from '../support/stand-in-engine.ts'
import { createTinyRun } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

type SeedData = NonNullable<RecipeInput['seed_data']>

const gradedRun = (seed_data: SeedData = {}, changes: Partial<RecipeInput> = {}): string =>
  createTinyRun(store, home, {
    iterations: 0,
    evaluation: { count: 0 },
    judge: { method: 'checklist' },
    seed_data: {
      ...{ ift: join(home, 'ift.jsonl'), eft_form: 'requirements', graded_prompts: join(home, 'graded.jsonl') },
      ...{ graded_held_out: 3, graded_count: 8, graded_samples: 4, ...seed_data },
    },
    ...changes,
  })

/** Executes a run, and returns its trainings and warnings. */
async function work(runId: string, options: StandInOptions = {}): Promise<{ trainings: TrainParams[]; warnings: string[] }> {
  const warnings: string[] = []
  const trainings: TrainParams[] = []
  const engine = recordingStandIn(options, { trainings })
  const listener = (event: RunEvent): void => void (event.kind === 'warning' && warnings.push(event.code))
  expect(await workOn({ store, home, runId, startEngine: async () => engine, listener })).toBe('finished')
  return { trainings, warnings }
}

const question =
  /<request>\n(.*)\n<\/request>\n\n<response>\n(.*)\n<\/response>\n\nDoes the response meet this requirement\?\n(.*)\nAnswer with/s

const isUnfinished = (input: ResponseInput): input is { unfinished: string } => typeof input === 'object' && 'unfinished' in input

/** An example's prompt, response, keyword, and verdict. */
function readExample(instruction: string, verdict: string | null) {
  const [, prompt, response, requirement] = question.exec(instruction)!
  return { prompt, response, requirement, keyword: /"(.*)"/.exec(requirement)![1], verdict }
}

describe('EFT examples of graded responses', () => {
  it('are the programs’ verdicts in the judge’s own words, as many Yes as No', async () => {
    const runId = gradedRun()
    await work(runId)
    const examples = store.examples.ofKind(runId, 'eft').map(({ instruction, response }) => readExample(instruction, response))
    expect(examples.length).toBeGreaterThan(4)
    for (const { response, keyword, verdict } of examples)
      expect(readyCheck({ id: 'keywords:existence', args: { keywords: [keyword] } }).isMet(response, '')).toBe(verdict === 'Yes')
    expect(examples.filter(({ verdict }) => verdict === 'Yes')).toHaveLength(examples.length / 2)
    expect(new Set(examples.map((example) => JSON.stringify(example))).size).toBe(examples.length)
  })

  it('are of M0’s responses to the prompts that aren’t held out, in iteration 0', async () => {
    const runId = gradedRun()
    await work(runId)
    const candidates = store.candidates.ofIteration(runId, 0)
    expect(candidates).toHaveLength(11 * 4)
    expect(new Set(candidates.map(({ model }) => model))).toEqual(new Set(['M0']))
    const heldOut = new Set(candidates.filter(({ position }) => position < 3).map(({ instruction }) => instruction))
    const asked = store.examples.ofKind(runId, 'eft').map(({ instruction }) => readExample(instruction, null).prompt)
    expect(asked.filter((prompt) => heldOut.has(prompt))).toEqual([])
    expect(store.models.ofRun(runId).map(({ name }) => name)).toEqual(['M0', 'M1']) // no SFT baseline is needed
  })

  it('have a loss on the verdict’s token alone', async () => {
    const { trainings } = await work(gradedRun({ graded_weight: 7 }))
    expect(trainings).toHaveLength(1)
    const rows = (trainings[0].rows as SftRow[]).filter(({ promptWeight }) => promptWeight === 0)
    expect(rows.length).toBeGreaterThan(4)
    for (const { weights } of rows) expect(weights).toEqual([7, 0, 0, 0, 0, 0, 0, 0, 0, 0]) // the stand-in counts 10 tokens
  })

  it('come with a rehearsal of some responses as instruction examples, one per prompt first', async () => {
    const runId = gradedRun({ graded_rehearsal: 5 })
    const { trainings } = await work(runId)
    const rehearsed = store.examples.ofKind(runId, 'ift').slice(-5)
    const written = store.candidates.ofIteration(runId, 0).filter(({ position }) => position >= 3)
    for (const { instruction, response } of rehearsed)
      expect(written.some((own) => own.instruction === instruction && own.text === response)).toBe(true)
    expect(new Set(rehearsed.map(({ instruction }) => instruction)).size).toBe(5)
    expect((trainings[0].rows as SftRow[]).filter(({ promptWeight }) => promptWeight === undefined)).toHaveLength(
      store.examples.count(runId, 'ift'),
    )
  })

  it('come with a rehearsal of responses that the token limit cut off as well, without an end', async () => {
    const isCut = (text: string): boolean => text.length % 2 === 0
    const { trainings } = await work(gradedRun({ graded_rehearsal: 6 }), { isCut })
    const rehearsed = (trainings[0].rows as SftRow[]).filter(({ promptWeight }) => promptWeight === undefined).slice(-6)
    const unfinished = rehearsed.flatMap(({ completion }) => (isUnfinished(completion) ? [completion.unfinished] : []))
    const finished = rehearsed.flatMap(({ completion }) => (Array.isArray(completion) ? [completion[0].content] : []))
    expect([unfinished.length > 0, finished.length > 0, unfinished.length + finished.length]).toEqual([true, true, 6])
    expect([...unfinished, ...finished].map(isCut)).toEqual([...unfinished.map(() => true), ...finished.map(() => false)])
  })

  it('include copies that programs edited, graded as the responses are', async () => {
    const [without, withCopies] = [gradedRun({ graded_swaps: 0 }), gradedRun({ graded_swaps: 0, graded_edits: 2 })]
    await work(without)
    await work(withCopies)
    const written = new Set(store.candidates.ofIteration(withCopies, 0).map(({ text }) => text))
    const read = (runId: string) =>
      store.examples.ofKind(runId, 'eft').map(({ instruction, response }) => readExample(instruction, response))
    const copies = read(withCopies).filter(({ response }) => !written.has(response))
    expect(read(without).every(({ response }) => written.has(response))).toBe(true)
    expect(read(withCopies).length).toBeGreaterThan(read(without).length)
    expect(new Set(copies.map(({ verdict }) => verdict))).toEqual(new Set(['Yes', 'No']))
    for (const { response, keyword, verdict } of read(withCopies))
      expect(readyCheck({ id: 'keywords:existence', args: { keywords: [keyword] } }).isMet(response, '')).toBe(verdict === 'Yes')
  })

  it('include requirements of other prompts, half of them met, if the recipe says so', async () => {
    const own = (runId: string): boolean[] => {
      const lists = new Map(store.prompts.accepted(runId, 0).map(({ text, requirements }) => [text, requirements.map(({ text }) => text)]))
      return store.examples.ofKind(runId, 'eft').map(({ instruction, response }) => {
        const { prompt, requirement } = readExample(instruction, response)
        return lists.get(prompt)!.includes(requirement)
      })
    }
    const [without, withSwaps] = [gradedRun({ graded_swaps: 0 }), gradedRun({ graded_swaps: 3 })]
    await work(without)
    await work(withSwaps)
    expect(own(without)).not.toContain(false)
    expect(own(withSwaps).filter((isOwn) => isOwn)).toHaveLength(own(without).length) // swaps take no place of theirs
    const swapped = store.examples.ofKind(withSwaps, 'eft').filter((_, i) => !own(withSwaps)[i])
    expect(swapped.length).toBeGreaterThan(4)
    expect(swapped.filter(({ response }) => response === 'Yes')).toHaveLength(swapped.length / 2)
  })

  it('are at most the recipe’s limit, together with judgements of ranked answers', async () => {
    const ranked = join(home, 'ranked.jsonl')
    const runId = gradedRun({ eft_form: ['judgements', 'requirements'], ranked, ranked_held_out: 4, eft_limit: 13 })
    const { trainings } = await work(runId)
    expect(trainings).toHaveLength(2) // the SFT baseline judges the ranked answers
    const examples = store.examples.ofKind(runId, 'eft')
    const isVerdict = ({ response }: { readonly response: string | null }): boolean => response === 'Yes' || response === 'No'
    expect([examples.length, examples.filter(isVerdict).length]).toEqual([13, 6])
  })

  it('are of prompts that a grammar puts together, if no file is named; those held out have other tasks', async () => {
    const runId = gradedRun({ graded_prompts: null })
    await work(runId)
    const prompts = store.prompts.accepted(runId, 0)
    expect(prompts).toHaveLength(11)
    for (const { requirements } of prompts) for (const { check } of requirements) expect(checkIds).toContain(check!.id)
    const tasks = prompts.map(({ text }) => taskOf(text))
    expect(new Set(tasks).size).toBe(11)
    const held = new Set(promptsOf(await importInThread(taskFiles.heldOut)))
    expect(tasks.map((task) => held.has(task))).toEqual([true, true, true, ...Array(8).fill(false)])
  })

  it('share the tasks held out with the outside measure', async () => {
    const checks = join(home, 'outside.jsonl')
    const requirements = [{ check: { id: 'keywords:existence', args: { keywords: ['lake'] } } }]
    const tasks = promptsOf(await importInThread(taskFiles.heldOut))
    writeFileSync(checks, tasks.map((task) => `${JSON.stringify({ prompt: `${task}\nUse the word lake.`, requirements })}\n`).join(''))
    const runId = gradedRun({ graded_prompts: null }, { evaluation: { count: 0, checks } })
    await work(runId)
    expect(store.prompts.accepted(runId, 0)).toHaveLength(11)
  })

  it('are none of the checks that the recipe leaves untaught, which are measured all the same', async () => {
    const runId = gradedRun({ graded_unseen: ['keywords:existence'] })
    await work(runId)
    expect(store.examples.count(runId, 'eft')).toBe(0)
    const [m0] = runsApi({ home, store }).show(runId).models
    expect(m0.checks[requirementJudging]).toMatchObject({ 'verdicts unseen checks': 24, 'verdicts keywords:existence': 24 })
    const text = detailsText(runsApi({ home, store }).show(runId))
    expect(text).toMatch(/^judging of requirements +M0 +M1$/m) // a column per model
    expect(text).toMatch(/^verdicts unseen checks +24(\.0+)? +24(\.0+)?$/m)
  })

  it('of a requirement that no response meets are none, and a warning says so', async () => {
    const check = { id: 'keywords:existence', args: { keywords: ['zebra'] } }
    const rows = [1, 2, 3].map((i) => ({ prompt: `Tell a story number ${i} of the zebra`, requirements: [{ check }] }))
    const file = join(home, 'zebras.jsonl')
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    const { warnings, trainings } = await work(gradedRun({ graded_prompts: file, graded_held_out: 1 }))
    expect(warnings).toContain('no-eft')
    expect((trainings[0].rows as SftRow[]).filter(({ promptWeight }) => promptWeight === 0)).toEqual([])
  })
})

describe('every model of a run with graded prompts', () => {
  it('is measured as a judge of the responses held out', async () => {
    const runId = gradedRun({ eft_limit: 0 }, { iterations: 1 })
    await work(runId)
    const { models } = runsApi({ home, store }).show(runId)
    expect(models.map(({ name }) => name)).toEqual(['M0', 'M1', 'M2'])
    for (const { checks } of models) {
      const figures = checks[requirementJudging]
      expect(figures).toMatchObject({ verdicts: 3 * 4 * 2, unreadable: 0, 'verdicts keywords:existence': 24 })
      expect(figures.auc).toBe(figures['auc keywords:existence'])
    }
    expect(new Set(models.map(({ checks }) => checks[requirementJudging].auc)).size).toBeGreaterThan(1)
    expect(store.examples.count(runId, 'eft')).toBe(0)
  })
})
