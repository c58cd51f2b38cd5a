import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

/** An unhandled promise ends the process when it rejects. Each case is a file in a project with the same rules. */
const work = 'export async function work(): Promise<number> {\n  return 1\n}\n'
const forbidden: Readonly<Record<string, string>> = {
  'not-awaited': 'export function x(): void {\n  work()\n}\n',
  'passed-to-for-each': 'export function x(): void {\n  ;[1].forEach(async (y) => {\n    console.log(y, await work())\n  })\n}\n',
  'used-as-its-value': "export const x = (): string => (work() ? 'yes' : 'no')\n",
}
const allowed: Readonly<Record<string, string>> = {
  awaited: 'export async function x(): Promise<void> {\n  await work()\n}\n',
  'explicitly-ignored': 'export function x(): void {\n  void work()\n}\n',
}

const project = mkdtempSync(join(tmpdir(), 'laurel-promises-'))
let reported = ''

beforeAll(() => {
  cpSync(repositoryFile('biome.json'), join(project, 'biome.json'))
  mkdirSync(join(project, 'main/loop'), { recursive: true })
  writeFileSync(join(project, 'main/loop/work.ts'), work)
  for (const [name, text] of Object.entries({ ...forbidden, ...allowed }))
    writeFileSync(join(project, `main/loop/${name}.ts`), `import { work } from './work.ts'\n\n${text}`)
  const biome = repositoryFile('node_modules/@biomejs/biome/bin/biome')
  reported = spawnSync(process.execPath, [biome, 'lint', '--max-diagnostics=50', '--reporter=github'], {
    cwd: project,
    encoding: 'utf8',
  }).stdout
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

test.each(Object.keys(forbidden))('lint reports a promise: %s', (name) => {
  expect(reported).toMatch(new RegExp(`lint/nursery/no(Floating|Misused)Promises.*main/loop/${name}\\.ts`))
})

test.each(Object.keys(allowed))('lint accepts a promise: %s', (name) => {
  expect(reported).not.toContain(`main/loop/${name}.ts`)
})
