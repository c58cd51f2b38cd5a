import { EventEmitter } from 'node:events'
import type { UtilityProcess } from 'electron'
import { afterEach, expect, test, vi } from 'vitest'
import { channelEngine } from '../../main/engine/hosts/channel-engine.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { repositoryFile } from '../support/shared.ts'
import { utilityProcessOf } from './stand-in/utility-process.ts'

const { app } = vi.hoisted(() => ({ app: {} as EventEmitter & { isReady(): boolean } }))
vi.mock('electron', () => ({ app, utilityProcess: {} }))
Object.assign(app, EventEmitter.prototype, { isReady: () => true })
const { utilityChannel } = await import('../../main/desktop/utility-engine.ts')

const open: Engine[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()))
})

let names = 0
function start(onCrash = () => {}, args: string[] = []): Engine {
  const serviceName = `test ${++names}`
  const child = utilityProcessOf(app).fork(repositoryFile('test/support/fake-engine.ts'), args, { serviceName })
  const engine = channelEngine(utilityChannel(child as unknown as UtilityProcess, serviceName, onCrash))
  open.push(engine)
  return engine
}

test('an engine in a utility process answers through its parent port', async () => {
  expect(await start().info()).toMatchObject({ backend: 'cpu' })
})

test('a killed engine fails every call with the reason and its last output', async () => {
  const crashed = vi.fn()
  const engine = start(crashed)
  const calls = await Promise.allSettled([engine.load('crash'), engine.info()])
  for (const call of calls) {
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_LOST' } })
    const { message } = (call as PromiseRejectedResult).reason
    expect(message).toContain('killed')
    expect(message).toContain('the very last words')
  }
  expect(crashed).toHaveBeenCalledOnce()
})

test('an engine that exits by itself is lost too, and its exit code is reported', async () => {
  await expect(start().load('exit')).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('exit code 7') })
})

test('closing an engine isn’t reported as a crash', async () => {
  const crashed = vi.fn()
  const engine = start(crashed)
  await engine.usage()
  await engine.close()
  await expect(engine.usage()).rejects.toMatchObject({ message: 'The engine was closed.' })
  expect(crashed).not.toHaveBeenCalled()
  expect(app.listenerCount('child-process-gone')).toBe(0)
})

test('the end of another process isn’t attributed to the engine', async () => {
  const engine = start()
  await engine.usage()
  app.emit('child-process-gone', {}, { type: 'Utility', reason: 'oom', serviceName: 'another', exitCode: 1 })
  await expect(engine.load('exit')).rejects.toMatchObject({ message: expect.not.stringContaining('oom') })
})

test('an engine that doesn’t exit is killed', { timeout: 20_000 }, async () => {
  const engine = start(() => {}, ['--stubborn'])
  await engine.usage()
  await engine.close()
  await expect(engine.usage()).rejects.toMatchObject({ code: 'ENGINE_LOST' })
})
