import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import type { Engine } from '../../../main/engine/hosts/engine.ts'
import { engineEnvironment, greetEngine } from '../../../main/engine/hosts/engine-process.ts'
import { startEngineProcess } from '../../../main/engine/hosts/local-process.ts'
import { stoppableEngine } from '../../../main/engine/hosts/stoppable-engine.ts'
import { sampling } from '../../../main/shared/engine-protocol.ts'
import { repositoryFile } from '../../support/shared.ts'

const fakeEngine = repositoryFile('test/support/fake-engine.ts')
const open: Engine[] = []

async function start(...args: string[]): Promise<Engine> {
  const engine = await startEngineProcess(fakeEngine, args)
  open.push(engine)
  return engine
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()))
})

test('an engine in a child process answers', async () => {
  const engine = await start()
  expect(await engine.info()).toMatchObject({ backend: 'cpu' })
  const texts: string[] = []
  const rows = ['abc', 'defg'].map((text) => ({ input: { text }, seeds: [1, 2] }))
  for await (const item of engine.generate({ model: 'm', rows, sampling: sampling.parse({}), batch: 4 })) texts.push(item.text)
  expect(texts).toEqual(['cba', 'cba', 'gfed', 'gfed'])
})

test('values that JSON cannot represent arrive unchanged', async () => {
  const engine = await start()
  await expect(engine.tokenize({ model: 'missing', texts: [], special: false })).rejects.toMatchObject({ code: 'INTERNAL' })
  const rows = [{ input: { text: 'ab' }, seeds: [2 ** 52 - 1] }]
  for await (const { row } of engine.generate({ model: 'm', rows, sampling: sampling.parse({}), batch: 1 })) expect(row).toBe(0)
})

test('an engine that dies fails all calls in flight and all later ones, with its last output', async () => {
  const engine = await start()
  const calls = await Promise.allSettled([engine.load('crash'), engine.load('m'), engine.info()])
  for (const call of calls) {
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_LOST' } })
    const { message } = (call as PromiseRejectedResult).reason
    expect(message).toContain('killed by SIGKILL')
    expect(message).toContain('the very last words')
  }
  await expect(engine.usage()).rejects.toMatchObject({ code: 'ENGINE_LOST' })
})

test('the exit code of an engine that ended is reported', async () => {
  const engine = await start()
  await expect(engine.load('exit')).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('exit code 7') })
})

test('an engine that does not come up is lost immediately', async () => {
  const failure = startEngineProcess(repositoryFile('test/support/no-such-file.ts'), [])
  await expect(failure).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('no-such-file.ts') })
})

test('a reply outside the protocol fails the call', async () => {
  const engine = await start()
  await expect(engine.load('nonsense')).rejects.toMatchObject({ code: 'INTERNAL' })
})

test('a closed engine rejects calls', async () => {
  const engine = await start()
  const { peakRssBytes } = await engine.usage()
  expect(peakRssBytes).toBeGreaterThan(1e6)
  await engine.close()
  await expect(engine.info()).rejects.toMatchObject({ code: 'ENGINE_LOST', message: 'The engine was closed.' })
  await engine.close()
})

test('an engine ends with its owner, even while a native call blocks it', async () => {
  const owner = fork(repositoryFile('test/support/engine-owner.ts'), [fakeEngine], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [pid] = (await once(owner, 'message')) as [number]
  expect(isAlive(pid)).toBe(true)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  while (isAlive(pid)) await new Promise(setImmediate)
})

describe('an engine that hangs', () => {
  const patience = { silent: 2000, stuck: 60_000, stopping: 4000, stoppingAtWork: 5000, start: 60_000 }
  const startImpatiently = async (): Promise<Engine> => {
    const engine = await startEngineProcess(fakeEngine, [], { patience })
    open.push(engine)
    return engine
  }
  const rows = [{ input: { text: 'ab' }, seeds: [1] }]
  const ask = { rows, sampling: sampling.parse({}), batch: 1 }
  async function generate(engine: Engine, model: string, signal?: AbortSignal): Promise<void> {
    for await (const _ of engine.generate({ model, ...ask }, { signal })) void _
  }

  test('is declared lost after a while, with a reason', async () => {
    const engine = await startImpatiently()
    await expect(generate(engine, 'freeze')).rejects.toMatchObject({
      code: 'ENGINE_LOST',
      message: 'The engine gave no sign of life for 2 seconds, so Laurel stopped it.',
    })
    await expect(engine.usage()).rejects.toMatchObject({ code: 'ENGINE_LOST' })
  })

  test.each(['freeze', 'block'])('counts as having stopped what it was asked to stop: %s', async (model) => {
    const engine = await startImpatiently()
    await expect(generate(engine, model, AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'STOPPED' })
  })

  test('does not block short calls of stopped work, and is ended with it', async () => {
    const abort = new AbortController()
    const engine = stoppableEngine(await startImpatiently(), abort.signal)
    const answers = [engine.load('freeze'), engine.tokenize({ model: 'm', texts: [], special: false })]
    abort.abort()
    for (const answer of answers) await expect(answer).rejects.toMatchObject({ code: 'STOPPED' })
    await engine.close()
  })

  test('does not include a busy one: it may finish its unit after it was asked to stop', async () => {
    const engine = await startImpatiently()
    await expect(generate(engine, 'long', AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'STOPPED' })
    expect(await engine.info()).toMatchObject({ backend: 'cpu' }) // still running
  })
}, 60_000)

test('an engine of another build is rejected and ended', async () => {
  const engine = await start()
  await greetEngine(engine)
  await expect(greetEngine(engine, 'another build')).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: 'Laurel was updated while it was running.',
  })
  await expect(engine.usage()).rejects.toMatchObject({ code: 'ENGINE_LOST' })
})

test('the environment of an engine is an allow-list', () => {
  const kept = {
    ONEDNN_MAX_CPU_ISA: 'AVX2',
    DNNL_VERBOSE: '1',
    TF_ENABLE_ONEDNN_OPTS: '0',
    LAUREL_KERNELS: 'x86_v3',
    NVIDIA_TF32_OVERRIDE: '1',
    LAUREL_USER_UMASK: '22', // of exports that the engine writes
  }
  const refused = { NODE_OPTIONS: '--inspect', LD_PRELOAD: 'x.so', HF_TOKEN: 'secret', LAUREL_TOKEN: 'secret' }
  const env = { PATH: '/bin', CUDA_VISIBLE_DEVICES: '1', LC_ALL: 'C', ...kept, ...refused }
  expect(engineEnvironment(env, 3)).toEqual({
    ...{ PATH: '/bin', CUDA_VISIBLE_DEVICES: '1', LC_ALL: 'C', ...kept },
    ...{ TF_CPP_MIN_LOG_LEVEL: '2', TF_NUM_INTRAOP_THREADS: '3', OMP_NUM_THREADS: '3' },
  })
  expect(engineEnvironment({ TF_CPP_MIN_LOG_LEVEL: '0', OMP_NUM_THREADS: '2' })).toEqual({
    TF_CPP_MIN_LOG_LEVEL: '0',
    OMP_NUM_THREADS: '2',
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch {
    return false
  }
}

/** Dead but not reaped by its new parent: in a container there may be no parent that reaps. */
const isZombie = (pid: number): boolean => existsSync('/proc/self') && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
