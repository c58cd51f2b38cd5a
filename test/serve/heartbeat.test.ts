import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { heartbeat } from '../../main/serve/heartbeat.ts'

class FakeSocket extends EventEmitter {
  pings = 0
  isTerminated = false
  ping = (): void => void this.pings++
  terminate = (): void => {
    this.isTerminated = true
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a socket that answers stays open; one that doesn’t answer before the next ping is terminated', () => {
  const [lively, silent] = [new FakeSocket(), new FakeSocket()]
  const sockets = [lively, silent] as unknown as WebSocket[]
  const beats = heartbeat(() => sockets, 1000)
  for (const socket of sockets) beats.watch(socket)
  lively.on('pong', () => {})
  for (let i = 0; i < 3; i++) {
    vi.advanceTimersByTime(1000)
    lively.emit('pong')
  }
  expect(lively).toMatchObject({ pings: 3, isTerminated: false })
  expect(silent).toMatchObject({ pings: 1, isTerminated: true })
  beats.end()
  vi.advanceTimersByTime(5000)
  expect(lively.pings).toBe(3)
})

test('a socket whose session has ended is terminated even if it answers', () => {
  const socket = new FakeSocket()
  let isSignedIn = true
  const beats = heartbeat(() => [socket] as unknown as WebSocket[], 1000)
  beats.watch(socket as unknown as WebSocket, () => isSignedIn)
  const beat = (): void => {
    vi.advanceTimersByTime(1000)
    socket.emit('pong')
  }
  beat()
  beat()
  expect(socket.isTerminated).toBe(false)
  isSignedIn = false
  beat()
  expect(socket.isTerminated).toBe(true)
  beats.end()
})
