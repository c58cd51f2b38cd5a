import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'laurel-damaged-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = `
  const { importFile } = await import(process.env.IMPORT_FILE)
  process.stdout.write(await importFile(process.env.FILE).then(() => 'read', (error) => error.code ?? String(error)))
`

test('a Parquet file with two damaged columns is rejected and doesn’t end the process, though its reader waits for only one', async () => {
  const bytes = readFileSync(join(import.meta.dirname, '../files/argilla-pairs.parquet'))
  bytes[717] = 57
  bytes[3091] = 148
  const file = join(folder, 'damaged.parquet')
  writeFileSync(file, bytes)
  // in another process, which the test may end
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, FILE: file, IMPORT_FILE: join(import.meta.dirname, '../../../main/data/import-file.ts') },
  })
  expect(stdout).toBe('BAD_INPUT')
}, 60_000)
