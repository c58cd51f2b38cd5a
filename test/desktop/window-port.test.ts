import { EventEmitter } from 'node:events'
import type { IpcMain, IpcMainEvent, MessagePortMain } from 'electron'
import { beforeEach, expect, test, vi } from 'vitest'
import type { AppRouter } from '../../main/app/router.ts'
import { MessageChannelMain, type StandInPort } from './stand-in/ports.ts'

vi.mock('electron', () => ({ MessageChannelMain }))
const { handOutPorts } = await import('../../main/desktop/window-port.ts')

let ipc: EventEmitter
let said: string[]
beforeEach(() => {
  ipc = new EventEmitter()
  said = []
  handOutPorts({ ipc: ipc as unknown as IpcMain, router: {} as AppRouter, windows: new Set([1]), log: (line) => said.push(line) })
})

/** The ports sent to a page that asks. */
function ask(url: string, id = 1): StandInPort[] {
  const sent: StandInPort[] = []
  const frame = {
    url,
    parent: null,
    postMessage: (_channel: string, _message: null, ports: MessagePortMain[]) => sent.push(...(ports as unknown as StandInPort[])),
  }
  ipc.emit('laurel:connect', { sender: { id, mainFrame: frame }, senderFrame: frame } as unknown as IpcMainEvent)
  return sent
}

test('the application’s page gets a port', () => {
  expect(ask('app://laurel/runs')).toHaveLength(1)
  expect(said).toEqual([])
})

test('a foreign page gets no port, which is logged', () => {
  expect(ask('https://evil.example/')).toEqual([])
  expect(ask('app://laurel/', 2)).toEqual([])
  expect(said).toEqual(['refused a port to https://evil.example/', 'refused a port to app://laurel/'])
})

test('a reloaded page gets a new port, and the old one closes', () => {
  const [old] = ask('app://laurel/')
  const closed = vi.fn()
  old.on('close', closed)
  const [next] = ask('app://laurel/')
  expect(closed).toHaveBeenCalled()
  expect(next).not.toBe(old)
})
