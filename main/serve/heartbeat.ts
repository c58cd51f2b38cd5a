import type { WebSocket } from 'ws'

/** Watches sockets until it is ended. */
export interface Heartbeat {
  /** `isWelcome` is asked at each beat: a socket whose session has ended is ended too. */
  watch(socket: WebSocket, isWelcome?: () => boolean): void
  end(): void
}

/** How often a socket is asked whether it lives, milliseconds. */
const beatMs = 15_000

/**
 * Ends sockets whose other side is gone without a word (a laptop that was closed, a tunnel that broke): each is pinged, and one that has not
 * answered by the next ping is ended. Pings also keep proxies from closing a quiet connection.
 */
export function heartbeat(sockets: () => Iterable<WebSocket>, every = beatMs): Heartbeat {
  const alive = new WeakSet<WebSocket>()
  const welcome = new WeakMap<WebSocket, () => boolean>()
  const timer = setInterval(() => {
    for (const socket of sockets()) {
      if (!alive.delete(socket) || welcome.get(socket)?.() === false) socket.terminate()
      else socket.ping()
    }
  }, every).unref()
  return {
    watch(socket, isWelcome) {
      alive.add(socket)
      if (isWelcome !== undefined) welcome.set(socket, isWelcome)
      socket.on('pong', () => alive.add(socket))
    },
    end: () => clearInterval(timer),
  }
}
