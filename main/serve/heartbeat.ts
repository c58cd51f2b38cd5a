import type { WebSocket } from 'ws'

/** How often a socket is asked whether it lives, milliseconds. */
const beatMs = 15_000

/**
 * Ends sockets whose other side is gone without a word (a laptop that was closed, a tunnel that broke): each is pinged, and one that has not
 * answered by the next ping is ended. Pings also keep proxies from closing a quiet connection.
 */
export function heartbeat(sockets: () => Iterable<WebSocket>, every = beatMs): { watch(socket: WebSocket): void; end(): void } {
  const alive = new WeakSet<WebSocket>()
  const timer = setInterval(() => {
    for (const socket of sockets()) {
      if (!alive.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, every).unref()
  return {
    watch(socket) {
      alive.add(socket)
      socket.on('pong', () => alive.add(socket))
    },
    end: () => clearInterval(timer),
  }
}
