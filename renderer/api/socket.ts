import type { RPCLinkOptions } from '@orpc/client/websocket'
import { setConnection } from './connection.ts'

type SocketLike = RPCLinkOptions<Record<never, never>>['websocket']

/** Delays between attempts, milliseconds; the last one repeats. */
const waits = [250, 500, 1000, 2000]

/**
 * A WebSocket that reconnects automatically; to its user it is one socket that closes and opens. Requests in flight fail when the connection
 * breaks, and the caller retries them.
 */
export function lastingSocket(address: string): SocketLike {
  const events = new EventTarget()
  let failures = 0
  let socket = connect()

  function connect(): WebSocket {
    const next = new WebSocket(address)
    next.addEventListener('open', () => {
      failures = 0
      setConnection('online')
      events.dispatchEvent(new Event('open'))
    })
    next.addEventListener('message', ({ data }) => events.dispatchEvent(new MessageEvent('message', { data })))
    next.addEventListener('close', ({ code, reason }) => {
      void tellWhy()
      events.dispatchEvent(new CloseEvent('close', { code, reason }))
      setTimeout(
        () => {
          socket = connect()
        },
        waits[Math.min(failures++, waits.length - 1)],
      )
    })
    return next
  }

  return {
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    send: (data: Parameters<WebSocket['send']>[0]) => socket.send(data),
    get readyState() {
      return socket.readyState
    },
  }
}

/** A rejected WebSocket looks the same as an unreachable server; fetching the session distinguishes the two. */
async function tellWhy(): Promise<void> {
  try {
    const { status } = await fetch('/session', { cache: 'no-store' })
    setConnection(status === 401 || status === 403 ? 'signed-out' : 'offline')
  } catch {
    setConnection('offline')
  }
}
