import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readingThread } from '../../../main/app/datasets/reading-thread.ts'
import { tinyHome } from '../../support/tiny-run.ts'

const asDetected = { format: null, split: null, encoding: null, mapping: null }

describe('the reading thread', () => {
  const { home, remove } = tinyHome()
  const thread = readingThread()
  afterAll(async () => {
    await thread.close()
    remove()
  })

  test('answers concurrent questions, and passes on why a file is unreadable', async () => {
    const path = join(home, 'rows.jsonl')
    writeFileSync(path, '{"prompt": "a"}\n{"prompt": "b"}\n')
    const file = { path, ...asDetected }
    const [report, rows, failure] = await Promise.all([
      thread.reader.report({ file, heldOut: ['b'] }),
      thread.reader.rows({ file, offset: 1, limit: 1, search: '' }),
      thread.reader.row({ file: { path: join(home, 'none'), ...asDetected }, index: 0 }).catch((error: unknown) => error),
    ])
    expect(report).toMatchObject({ kind: 'prompts', heldOutPrompts: 1 })
    expect(rows).toMatchObject({ total: 2, rows: [{ prompt: 'b' }] })
    expect(failure).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('notices that a file has changed', async () => {
    const path = join(home, 'changing.jsonl')
    writeFileSync(path, '{"prompt": "one"}\n')
    const file = { path, ...asDetected }
    expect((await thread.reader.rows({ file, offset: 0, limit: 9, search: '' })).total).toBe(1)
    writeFileSync(path, '{"prompt": "one"}\n{"prompt": "two"}\n')
    expect((await thread.reader.rows({ file, offset: 0, limit: 9, search: '' })).total).toBe(2)
  })

  test('restarts after it has ended', async () => {
    await thread.close()
    const file = { path: join(home, 'ift.jsonl'), ...asDetected }
    expect((await thread.reader.first({ file, count: 2 })).length).toBe(2)
  })
})
