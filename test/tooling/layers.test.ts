import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

const { lintLayers, wrongImports } = (await import(repositoryFile('main/launcher/lint-layers.js'))) as {
  lintLayers(project: string): string[]
  wrongImports(path: string, source: string): string[]
}

test.each([
  ['main/shared/x.ts', "import { x } from '../common/log.ts'"],
  ['main/shared/x.ts', "import { x } from 'node:fs'"],
  ['main/common/x.ts', "import { x } from '../loop/run.ts'"],
  ['main/engine/x.ts', "import type { x } from './process/x.ts'"],
  ['main/engine/kernels/x.ts', "import { x } from '../model/decoder.ts'"],
  ['main/engine/inference/x.ts', "import { x } from '../training/train.ts'"],
  ['main/engine/training/x.ts', "import { x } from '../../store/store.ts'"],
  ['main/engine/training/x.ts', "import { x } from '../hosts/engine.ts'"],
  ['main/engine/training/x.ts', "import x from 'better-sqlite3'"],
  ['main/engine/hosts/x.ts', "import { x } from '../process/server.ts'"],
  ['main/engine/hosts/x.ts', "import * as tf from '@tensorflow/tfjs-core/dist/x.js'"],
  ['main/evaluation/x.ts', "import { x } from '../store/store.ts'"],
  ['main/data/importers/x.ts', "import { x } from '../../loop/run.ts'"],
  ['main/store/tables/x.ts', "import type { x } from '../../loop/run.ts'"],
  ['main/loop/judges/x.ts', "import { x } from '../../cli/rows.ts'"],
  ['main/loop/x.ts', "export * from '../app/runs/runs.ts'"],
  ['main/loop/x.ts', "const x = await import('../engine/process/main.ts')"],
  ['main/app/runs/x.ts', "import { x } from '../../cli/rows.ts'"],
  ['main/app/runs/x.ts', "import { x } from 'electron'"],
  ['main/cli/commands/x.ts', "import * as tf from '@tensorflow/tfjs'"],
  ['main/launcher/x.js', "import { x } from '../common/log.ts'"],
  ['main/launcher/x.js', "import { z } from 'zod'"],
  ['main/index.ts', "import { x } from './store/store.ts'"],
  ['main/serve/x.ts', "import { x } from '../store/store.ts'"],
  ['main/serve/x.ts', "import { x } from 'electron'"],
  ['main/desktop/x.ts', "import { x } from '../loop/run.ts'"],
  ['renderer/features/x.ts', "import { x } from '../../main/store/store.ts'"],
  ['renderer/features/x.ts', "import { x } from '../../main/app/runs/runs.ts'"],
  ['renderer/features/x.ts', "import { x } from 'node:fs'"],
  ['preload/x.ts', "import { x } from '../main/common/home.ts'"],
  ['preload/x.ts', "import { x } from 'node:fs'"],
])('%s must not contain %s', (path, line) => {
  expect(wrongImports(path, `${line}\n`)).toHaveLength(1)
})

test.each([
  ['main/cli/commands/x.ts', "import { x } from '../../app/runs/runs.ts'"],
  ['main/cli/commands/x.ts', "import { x } from '../../serve/server.ts'"],
  ['main/loop/judges/x.ts', "import { x } from '../../store/store.ts'"],
  ['main/loop/x.ts', "import type { Engine } from '../engine/hosts/engine.ts'"],
  ['main/engine/training/x.ts', "import { x } from '../model/decoder.ts'"],
  ['main/engine/process/x.ts', "import { x } from '../../shared/engine-protocol.ts'"],
  ['main/engine/hosts/x.ts', "import { x } from '../../runtimes/find.ts'"],
  ['main/desktop/x.ts', "import { x } from 'electron'"],
  ['renderer/features/x.ts', "import { x } from '../../main/shared/contract/contract.ts'"],
])('%s may contain %s', (path, line) => {
  expect(wrongImports(path, `${line}\n`)).toEqual([])
})

test('every file of the project keeps to its layer', () => {
  expect(lintLayers(repositoryFile('.'))).toEqual([])
})

test('the lock file names no host: npm resolves packages by its own configuration', () => {
  const packages = Object.values((JSON.parse(readFileSync(repositoryFile('package-lock.json'), 'utf8')) as LockFile).packages)
  expect(packages.length).toBeGreaterThan(50)
  expect(packages.filter(({ resolved }) => resolved !== undefined)).toEqual([])
})

interface LockFile {
  readonly packages: Record<string, { readonly resolved?: string }>
}
