import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Checker } from '../../main/loop/context.ts'
import type { Store } from '../../main/store/store.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
})
afterEach(() => {
  store.close()
  remove()
})

const checker: Checker = {
  name: 'length',
  prompts: Array.from({ length: 20 }, (_, i) => `Task ${i}?`),
  sampling: { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 9, minNewTokens: 0, stop: [] },
  measure: (answers) => ({ answers: answers.length }),
}

describe('a seed data file that was moved away before the start', () => {
  it.each(['ift.jsonl', 'ranked.jsonl'])('fails the run with the name of the file (%s), and nothing but the run', async (name) => {
    const runId = createTinyRun(store, home)
    rmSync(join(home, name))
    const work = workWithStandIn(store, home, runId, { itemMs: 1 }, { checkers: [checker] }) // the checker takes longer than the file
    const error = { code: 'NOT_FOUND', message: expect.stringContaining(name) }
    await expect(work).rejects.toMatchObject(error)
    expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error })
  })
})
