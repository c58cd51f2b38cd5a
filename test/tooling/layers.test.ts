import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

const violations: [string, string][] = [
  ['main/common/x.ts', "import { x } from '../loop/recipe.ts'"],
  ['main/engine/x.ts', "import type { x } from './process/x.ts'"],
  ['main/engine/process/train/x.ts', "import { x } from '../../../store/store.ts'"],
  ['main/engine/process/train/x.ts', "import { x } from '../../hosts/engine.ts'"],
  ['main/engine/process/train/x.ts', "import x from 'better-sqlite3'"],
  ['main/engine/hosts/x.ts', "import { x } from '../process/server.ts'"],
  ['main/engine/hosts/x.ts', "import * as tf from '@tensorflow/tfjs-core/dist/x.js'"],
  ['main/evaluation/x.ts', "import { x } from '../store/store.ts'"],
  ['main/data/importers/x.ts', "import { x } from '../../loop/recipe.ts'"],
  ['main/store/x.ts', "import type { x } from '../loop/recipe.ts'"],
  ['main/loop/judging/x.ts', "import { x } from '../../cli/rows.ts'"],
  ['main/loop/x.ts', "export * from '../api/runs.ts'"],
  ['main/loop/x.ts', "const x = await import('../engine/process/main.ts')"],
  ['main/api/x.ts', "import { x } from '../cli/rows.ts'"],
  ['main/cli/commands/x.ts', "import * as tf from '@tensorflow/tfjs'"],
  ['main/launcher/x.js', "import { x } from '../common/errors.ts'"],
  ['main/api/routers/x.ts', "import { x } from 'electron'"],
  ['main/serve/x.ts', "import { x } from '../store/store.ts'"],
  ['main/serve/x.ts', "import { x } from 'electron'"],
  ['main/desktop/x.ts', "import { x } from '../loop/recipe.ts'"],
  ['renderer/features/x.ts', "import { x } from '../../main/store/store.ts'"],
  ['renderer/features/x.ts', "import { x } from '../../main/api/runs.ts'"],
  ['renderer/features/x.ts', "import { x } from 'node:fs'"],
  ['preload/x.ts', "import { x } from '../main/common/home.ts'"],
]

test.each(violations)('%s must not contain: %s', (path, line) => {
  expect(reported).toContain(placeOf(path, line))
})

const allowed: [string, string][] = [
  ['main/cli/commands/x.ts', "import { x } from '../../api/runs.ts'"],
  ['main/loop/judging/x.ts', "import { x } from '../../store/store.ts'"],
  ['main/loop/x.ts', "import type { Engine } from '../engine/hosts/engine.ts'"],
  ['main/engine/process/train/x.ts', "import { x } from '../model/decoder.ts'"],
  ['main/engine/process/x.ts', "import { x } from '../protocol.ts'"],
  ['main/engine/hosts/x.ts', "import { x } from '../../runtimes/find.ts'"],
  ['main/cli/commands/x.ts', "import { x } from '../../serve/server.ts'"],
  ['main/desktop/x.ts', "import { x } from 'electron'"],
  ['renderer/features/x.ts', "import { x } from '../../main/api/contract.ts'"],
  ['renderer/features/x.ts', "import { x } from '../../main/api/contract/runs.ts'"],
]

test.each(allowed)('%s may contain: %s', (path, line) => {
  expect(reported).not.toContain(placeOf(path, line))
})

/** A separate project with the same rules and one line per file, linted in one run. */
const project = mkdtempSync(join(tmpdir(), 'laurel-layers-'))
const cases = [...violations, ...allowed]
let reported: string[] = []

function placeOf(path: string, line: string): string {
  const index = cases.findIndex(([otherPath, otherLine]) => otherPath === path && otherLine === line)
  return path.replace('/x.', `/x-${index}.`)
}

beforeAll(() => {
  cpSync(repositoryFile('biome.json'), join(project, 'biome.json'))
  for (const [path, line] of cases) {
    const file = join(project, placeOf(path, line))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${line}\n`)
  }
  const command = [repositoryFile('node_modules/@biomejs/biome/bin/biome'), 'lint', '--only=style/noRestrictedImports', '--reporter=json']
  const { stdout } = spawnSync(process.execPath, [...command, '--max-diagnostics=none', '.'], { cwd: project, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { location: { path: string | { file: string } } }[] }
  reported = diagnostics.map(({ location: { path } }) => (typeof path === 'string' ? path : path.file))
})

afterAll(() => rmSync(project, { recursive: true }))

test('the lock file names no host, so that packages come from the configured registry', () => {
  const packages = Object.values((JSON.parse(readFileSync(repositoryFile('package-lock.json'), 'utf8')) as LockFile).packages)
  expect(packages.length).toBeGreaterThan(50)
  expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([])
})

interface LockFile {
  readonly packages: Record<string, { readonly resolved?: string }>
}
