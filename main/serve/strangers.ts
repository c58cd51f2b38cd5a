import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Maximum number of open connections without a session. A browser that signs in briefly needs a handful. */
const mostStrangers = 64

/**
 * Keeps room for signed-in users, since any user of the machine can open idle connections. Limits connections without a session by closing the
 * oldest, so that a new one, which may be the user's own, always gets through.
 */
export function limitStrangers(server: Server, most = mostStrangers): { admit(socket: Socket): void } {
  const strangers = new Set<Socket>() // oldest first
  server.on('connection', (socket) => {
    strangers.add(socket)
    socket.once('close', () => strangers.delete(socket))
    if (strangers.size > most) oldest(strangers)?.destroy()
  })
  return { admit: (socket) => void strangers.delete(socket) }
}

const oldest = (sockets: Set<Socket>): Socket | undefined => sockets.values().next().value
