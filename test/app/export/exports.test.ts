import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunExports, runExports } from '../../../main/app/export/exports.ts'
import { reviewsApi } from '../../../main/app/review/reviews.ts'
import { conversionOf } from '../../../main/data/convert.ts'
import type { argillaPair } from '../../../main/data/exporters/argilla.ts'
import { importFile } from '../../../main/data/import-file.ts'
import { type ExportChoice, formsOf } from '../../../main/shared/contract/export-contract.ts'
import { queueFilter } from '../../../main/shared/contract/review-contract.ts'
import type { Store } from '../../../main/store/store.ts'
import type { PairRow } from '../../../main/store/tables/pairs-table.ts'
import { makeReviewRun } from '../../support/review-run.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../../support/tiny-run.ts'

describe('exports of a run', () => {
  const { home, remove } = tinyHome()
  const out = mkdtempSync(join(tmpdir(), 'laurel-exports-'))
  let store: Store
  let exports: RunExports
  let reviewed: string
  let finished: string
  let pairs: PairRow[]

  beforeAll(async () => {
    store = openTinyStore(home)
    exports = runExports(store, home)
    finished = createTinyRun(store, home)
    expect(await workWithStandIn(store, home, finished)).toBe('finished')
    reviewed = makeReviewRun(store, {
      prompts: 12,
      status: 'finished',
      answer: (n, sample) => `Answer ${sample}, with "quotes", a comma\nand a line (${n}).`,
    })
    pairs = store.pairs.ofIteration(reviewed, 1)
    store.reviews.add({
      pairId: pairs[0].id,
      decision: 'swap',
      reviewer: 'Ada',
      note: 'the other one',
      reasons: ['correctness', 'length'],
      comment: '=made up',
    })
    store.reviews.add({ pairId: pairs[1].id, decision: 'tie' })
    store.reviews.add({ pairId: pairs[2].id, decision: 'edit', chosenText: 'Written by a user' })
    store.reviews.add({ pairId: pairs[3].id, decision: 'tie' })
    store.reviews.add({ pairId: pairs[3].id, decision: 'undo' })
    store.reviewNotes.add(pairs[2].promptId, 'first thought')
    store.reviewNotes.add(pairs[2].promptId, 'second thought, "quoted"', 'Grace')
  })
  afterAll(() => {
    store.close()
    remove()
    rmSync(out, { recursive: true })
  })

  const choice = (changes: Partial<ExportChoice>): ExportChoice => ({
    ...{ run: reviewed, what: 'pairs', form: 'trl', iterations: null, pairs: 'reviewed', model: null, ...changes },
  })

  function written(changes: Partial<ExportChoice>, name = 'out'): string {
    const { fileName } = exports.summary(choice(changes))
    return exports.write(choice(changes), join(out, `${name}-${fileName}`)).path
  }

  test.each([
    ['the database', 'laurel.db'],
    ['its journal', 'laurel.db-wal'],
    ['a new file', 'pairs.jsonl'],
    ['a file in a folder of a run', 'runs/r-22222/models/M1/config.json'],
  ])('rejects a path in the data folder, directly and through a link: %s', (_, name) => {
    const before = readFileSync(join(home, 'laurel.db'))
    const link = join(out, 'way-in')
    if (!existsSync(link)) symlinkSync(home, link)
    for (const path of [join(home, name), join(link, name)]) {
      expect(() => exports.write(choice({}), path)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
    }
    expect(readFileSync(join(home, 'laurel.db')).equals(before)).toBe(true)
  })

  test('list what the run contains', () => {
    expect(exports.exportable(reviewed).iterations).toMatchObject([{ iteration: 1, pairs: pairs.length, reviewed: 3 }])
    const all = exports.exportable(finished)
    expect(all).toMatchObject({ ift: expect.any(Number), answers: expect.arrayContaining([{ model: 'M1', count: 3 }]) })
    expect(all.trainings).toContain('M2')
  })

  test.each(formsOf.pairs)('pairs as %s are read back as the same pairs', async (form) => {
    const { preferences, rejected } = await importFile(written({ form }))
    expect(rejected).toEqual([])
    expect(preferences.map(({ prompt, chosen, rejected: other }) => [prompt, chosen, other])).toEqual([
      [pairs[0].instruction, pairs[0].rejectedText, pairs[0].chosenText], // swapped; the tie after it is left out
      [pairs[2].instruction, 'Written by a user', pairs[2].rejectedText],
      ...pairs.slice(3).map(({ instruction, chosenText, rejectedText }) => [instruction, chosenText, rejectedText]),
    ])
    expect(preferences[0]).toMatchObject({ scoreChosen: pairs[0].rejectedReward, scoreRejected: pairs[0].chosenReward })
  })

  test.each(formsOf.pairs)('pairs as %s keep the judge’s full text, the review, and where they come from', async (form) => {
    const { preferences } = await importFile(written({ form }))
    const [judged, other] = [pairs[0].rejectedId, pairs[0].chosenId].map((id) =>
      store.judgements.ofPrompt(pairs[0].promptId).flatMap(({ subjectId, score, text }) => (subjectId === id ? [{ score, text }] : [])),
    )
    expect(judged.length).toBeGreaterThan(0)
    expect(preferences[0].provenance).toEqual({
      ...{
        judge: 'M1, additive',
        override: 'swap',
        run: reviewed,
        iteration: 1,
        model: 'M1',
        prompt_number: pairs[0].position,
        decision: 'swap',
      },
      ...{ review_reasons: ['correctness', 'length'], review_comment: '=made up' },
      ...{ reviewer: 'Ada', review_note: 'the other one', reviewed_at: expect.any(String) },
      ...{ judgements_chosen: judged, judgements_rejected: other },
    })
  })

  test('a data card is written next to the file: its columns, the run, and what was left out', () => {
    const place = exports.write(choice({}), join(out, 'with-card.jsonl'))
    const card = readFileSync(place.card ?? '', 'utf8')
    expect(place.card).toBe(join(out, 'with-card.card.md'))
    for (const line of ['- pairs: after review', '- judge: additive', '| `score_chosen` | number |']) expect(card).toContain(line)
    expect(card).toMatch(/- 1 pairs that users called a tie/)
    expect(card).toContain('| `review_reasons` | texts | why the reviewer decided so')
    expect(card).toContain('- Reviewers gave reasons for 1 of 2 decisions: correctness 1, length 1.')
    expect(card.startsWith('---\nconfigs:')).toBe(true)
  })

  test('a Parquet file is written to disk, not sent as text', async () => {
    expect(() => [...exports.text(choice({ form: 'parquet' }))]).toThrow(/isn't text/)
    expect(exports.summary(choice({ form: 'parquet' })).beginning).toMatch(/^\{"prompt":/)
    const reviews = written({ what: 'reviews', form: 'parquet' })
    expect(readFileSync(reviews).subarray(0, 4).toString()).toBe('PAR1')
  })

  test('pairs as judged ignore reviews', async () => {
    const { preferences } = await importFile(written({ pairs: 'judged' }))
    expect(preferences.map(({ chosen }) => chosen)).toEqual(pairs.map(({ chosenText }) => chosenText))
  })

  test('a pair names its judge, and the reviewer and decision that overrode it; a text by a user has no reward', () => {
    const rows = readFileSync(written({}), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(rows[0]).toMatchObject({
      judge: 'M1, additive',
      override: 'swap',
      reviewer: 'Ada',
      review_note: 'the other one',
      iteration: 1,
      model: 'M1',
    })
    expect(rows[1]).toMatchObject({ override: 'edit', score_chosen: null, score_rejected: pairs[2].rejectedReward })
    expect(rows[2]).toMatchObject({ override: null, reviewer: null })
  })

  test.each([
    ['ift', 'trl'],
    ['ift', 'trl-chat'],
    ['ift', 'llama-factory'],
    ['ift', 'csv'],
    ['eft', 'trl'],
    ['eft', 'csv'],
  ] as const)('%s examples as %s are read back as the same examples', async (what, form) => {
    const { instructions, rejected } = await importFile(written({ run: finished, what, form }))
    const examples = store.examples.ofKind(finished, what)
    expect(examples.length).toBeGreaterThan(0)
    expect(rejected).toEqual([])
    expect(instructions.map(({ prompt, response }) => [prompt, response])).toEqual(
      examples.map(({ instruction, response }) => [instruction, response]),
    )
  })

  test('answers are AlpacaEval rows, which are read back as instructions', async () => {
    const { instructions } = await importFile(written({ run: finished, what: 'answers', form: 'alpaca-eval', model: 'M1' }))
    expect(instructions.map(({ response }) => response)).toEqual(store.answers.of(finished, 'M1', 'head-to-head').map(({ text }) => text))
    expect(() => exports.summary(choice({ run: finished, what: 'answers', form: 'alpaca-eval' }))).toThrow(/one model at a time/)
  })

  test('judgements, reviews, and metrics are complete: superseded decisions too, and one row per step', () => {
    const judgements = store.judgements.ofCandidates(reviewed, 1)
    expect(exports.summary(choice({ what: 'judgements', form: 'jsonl' })).rows).toBe(judgements.length)
    const reviews = rowsOf({ what: 'reviews', form: 'jsonl' })
    expect(reviews.filter(({ act }) => act === 'decision').map(({ decision, state, counts }) => [decision, state, counts])).toEqual([
      ['swap', 'current', true],
      ['tie', 'current', true],
      ['edit', 'current', true],
      ['tie', 'undone', false],
      ['undo', 'undo', false],
    ])
    const [swap, tie] = reviews.filter(({ act }) => act === 'decision')
    expect(swap).toMatchObject({ reasons: ['correctness', 'length'], comment: '=made up' })
    expect(tie).toMatchObject({ reasons: null, comment: null })
    expect(exports.summary(choice({ what: 'reviews', form: 'jsonl' })).notes).toContain(
      'Reviewers gave reasons for 1 of 3 decisions: correctness 1, length 1.',
    )
    const steps = store.models.ofRun(finished).flatMap(({ name }) => store.trainings.find(finished, name)?.steps ?? [])
    const metrics = exports.summary(choice({ run: finished, what: 'metrics', form: 'csv' }))
    expect(metrics.rows).toBe(steps.reduce((sum, n) => sum + n, 0))
    expect(metrics.columns.map(({ name }) => name)).toContain('loss')
  })

  const rowsOf = (changes: Partial<ExportChoice>) =>
    [...exports.text(choice(changes))]
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  test.each(formsOf.pairs.filter((form) => form !== 'parquet'))('a note on a prompt is in its pair’s row as %s', (form) => {
    const text = [...exports.text(choice({ form }))].join('')
    expect(text.split('second thought').length).toBe(2)
    expect(text).not.toContain('first thought')
    if (form === 'trl') expect(rowsOf({ form })[1]).toMatchObject({ prompt: pairs[2].instruction, review_note: 'second thought, "quoted"' })
  })

  test.each(formsOf.reviews.filter((form) => form !== 'parquet'))('reviews as %s contain the current note and the one before', (form) => {
    const text = [...exports.text(choice({ what: 'reviews', form }))].join('')
    expect([text.includes('second thought'), text.includes('first thought')]).toEqual([true, true])
  })

  test('reviews contain each action and its state: decisions with their notes, batches, blind votes, and scores by hand', () => {
    let name = 'Ada'
    const reviews = reviewsApi(store, () => name)
    const run = makeReviewRun(store, { prompts: 20, status: 'finished', name: 'much reviewed' })
    const [a, b, c] = reviews.queue(run, queueFilter.parse({ sort: 'position' }))
    reviews.decide({ pairId: a.pairId!, decision: 'swap', blind: true })
    reviews.note(a.promptId, 'odd')
    name = 'Grace'
    const bulk = { runId: run, filter: queueFilter.parse({ status: 'reviewed' }), decision: 'agree', overwrite: true } as const
    reviews.bulk.apply(bulk, reviews.bulk.preview(bulk).hash)
    reviews.undoLast(run)
    const { pair } = reviews.item(b.promptId)
    reviews.scores(b.promptId, [{ candidateId: pair!.chosenId, reward: 4.5 }])
    reviews.decide({ pairId: reviews.item(b.promptId).pair!.id, decision: 'agree' })
    reviews.decide({ pairId: c.pairId!, decision: 'tie' })
    reviews.decide({ pairId: c.pairId!, decision: 'both-bad' })

    const rows = rowsOf({ run, what: 'reviews', form: 'jsonl' })
    const of = (position: number) =>
      rows
        .filter((row) => row.prompt_number === position)
        .map((row) => [row.act, row.decision ?? row.score_by_hand ?? row.note, row.state, row.reviewer])
    expect(of(a.position).sort()).toEqual([
      ['decision', 'agree', 'undone', 'Grace'],
      ['decision', 'swap', 'current', 'Ada'],
      ['decision', 'swap', 'superseded', 'Ada'],
      ['note', 'odd', 'current', 'Ada'],
    ])
    const ofFirst = rows.filter((row) => row.prompt_number === a.position && row.act === 'decision')
    expect(ofFirst.map(({ blind }) => blind)).toEqual([true, false, true])
    expect(ofFirst.map(({ batch }) => batch)).toEqual([null, expect.any(Number), null])
    expect(ofFirst.map(({ note }) => note)).toEqual(['odd', 'odd', 'odd'])
    expect(of(b.position).sort()).toEqual([
      ['decision', 'agree', 'current', 'Grace'],
      ['score', 4.5, 'current', 'Grace'],
    ])
    expect(rows.find((row) => row.prompt_number === b.position && row.act === 'decision')).toMatchObject({ chosen_score_by_hand: 4.5 })
    expect(of(c.position).map(([, , state]) => state)).toEqual(['superseded', 'current'])
    const { notes, columns } = exports.summary(choice({ run, what: 'reviews', form: 'csv' }))
    expect(notes.join()).toContain(`5 of the ${rows.length} rows count now`)
    expect(columns.filter(({ meaning }) => meaning === '')).toEqual([])
  })

  test('Argilla gets what users decided as submitted responses and the rest as suggestions, and gives them back as such', async () => {
    const run = makeReviewRun(store, { prompts: 4, status: 'finished', name: 'for Argilla' })
    const [agreed, swapped, undone] = store.pairs.ofIteration(run, 1)
    store.reviews.add({ pairId: agreed.id, decision: 'agree', reviewer: 'Ada' })
    store.reviews.add({ pairId: swapped.id, decision: 'swap', reviewer: 'Grace' })
    for (const decision of ['agree', 'undo'] as const) store.reviews.add({ pairId: undone.id, decision, reviewer: 'Ada' })
    const path = written({ run, form: 'argilla' }, 'for')
    const records = JSON.parse(readFileSync(path, 'utf8')) as ReturnType<typeof argillaPair>[]
    const submitted = {
      preference: [{ value: expect.stringMatching(/^response_[ab]$/), user_id: expect.any(String), status: 'submitted' }],
    }
    expect(records.map(({ responses }) => responses)).toEqual([submitted, submitted, {}, {}])
    expect(records.map(({ suggestions }) => Object.keys(suggestions))).toEqual([[], [], ['preference'], ['preference']])
    expect(new Set(records.slice(0, 2).map(({ responses }) => JSON.stringify(responses))).size).toBe(2)

    const imported = await importFile(path)
    expect(imported.preferences.map(({ chosen }) => chosen)).toEqual(
      store.pairs.ofIteration(run, 1).map(({ id, chosenText, rejectedText }) => (id === swapped.id ? rejectedText : chosenText)),
    )
    expect(imported.preferences.map(({ provenance }) => provenance?.decision)).toEqual(['agree', 'swap', undefined, undefined])
    expect([...conversionOf(imported, 'argilla', 'again').table.rows()]).toEqual(records)
  })

  test('a download in the browser equals the exported file', () => {
    expect([...exports.text(choice({ form: 'csv' }))].join('')).toBe(readFileSync(written({ form: 'csv' }), 'utf8'))
  })

  test('LLaMA-Factory’s dataset_info.json gets an entry and keeps the others; if it is invalid, nothing is written', () => {
    const info = join(out, 'dataset_info.json')
    writeFileSync(info, '{"other": {"file_name": "o.json"}}')
    const path = written({ form: 'llama-factory' }, 'lf')
    const entries = JSON.parse(readFileSync(info, 'utf8')) as Record<string, { file_name: string }>
    expect(Object.keys(entries).length).toBe(2)
    expect(path.endsWith(entries[Object.keys(entries)[1]].file_name)).toBe(true)
    writeFileSync(info, '[]')
    expect(() => exports.write(choice({ form: 'llama-factory' }), join(out, 'never.json'))).toThrow(/must contain a JSON object/)
    expect(existsSync(join(out, 'never.json'))).toBe(false)
  })

  test('only the selected iterations are exported', () => {
    expect(exports.summary(choice({ iterations: [2] })).rows).toBe(0)
    expect(exports.summary(choice({ iterations: [1] })).rows).toBe(pairs.length - 1)
  })

  test('a format that does not support the content is rejected', () => {
    expect(() => exports.summary(choice({ what: 'metrics', form: 'trl' }))).toThrow(/Couldn't export metrics as trl/)
  })
})
