import type { WebSocket } from 'ws'

/** Watches sockets until `end` is called. */
interface Heartbeat {
  /** Calls `isWelcome` on each beat and terminates the socket when its session has ended. */
  watch(socket: WebSocket, isWelcome?: () => boolean): void
  end(): void
}

/** Ping interval, milliseconds. */
const beatMs = 15_000

/**
 * Terminates sockets whose peer vanished silently (a closed laptop, a broken tunnel): each socket is pinged and must answer before the next
 * ping. Pings also keep proxies from closing an idle connection.
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
