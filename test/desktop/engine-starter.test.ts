import { beforeEach, expect, test } from 'vitest'
import { engineStarter } from '../../main/desktop/engine-starter.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'

let started: string[]
let backend: string | Error
let program: string | undefined
let hasRuntime: boolean
let crash: () => void
let start: ReturnType<typeof engineStarter>
beforeEach(() => {
  started = []
  backend = 'tensorflow'
  program = '/usr/bin/node'
  hasRuntime = true
  const engine = (where: string): Engine =>
    ({
      async info() {
        if (backend instanceof Error) throw backend
        return { backend, notice: '' }
      },
      close: async () => void started.push(`${where} closed`),
    }) as unknown as Engine
  start = engineStarter({
    async utility(_wish, onCrash) {
      started.push('utility')
      crash = onCrash
      return engine('utility')
    },
    async node(_wish, path) {
      started.push(`node ${path}`)
      return engine('node')
    },
    findNode: () => program,
    hasRuntime: () => hasRuntime,
    log: () => {},
  })
})

test('engines run in utility processes', async () => {
  await start({})
  await start({})
  expect(started).toEqual(['utility', 'utility'])
})

test.each(['wasm', new Error('killed by SIGTRAP')])(
  'engines run in Node from the first one on if the native library fails in a utility process (%s)',
  async (found) => {
    backend = found
    await start({})
    await start({})
    expect(started).toEqual(['utility', 'node /usr/bin/node', 'utility closed', 'node /usr/bin/node'])
  },
)

test('engines stay in utility processes if there is no Node', async () => {
  backend = 'wasm'
  program = undefined
  await start({})
  await start({})
  expect(started).toEqual(['utility', 'utility'])
})

test('a slower backend is accepted if no native runtime is installed or another backend was requested', async () => {
  backend = 'wasm'
  await start({ backend: 'wasm' })
  hasRuntime = false
  await start({})
  expect(started).toEqual(['utility', 'utility'])
})

test('after an engine crashes in its utility process, the next one runs in Node', async () => {
  await start({})
  crash()
  await start({})
  expect(started).toEqual(['utility', 'node /usr/bin/node'])
})

test('engines stay in utility processes if Node has been removed since', async () => {
  await start({})
  crash()
  program = undefined
  await start({})
  expect(started).toEqual(['utility', 'utility'])
})
