import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** How many connections may be open that have not shown a session. A browser that signs in needs a handful for a moment. */
const mostStrangers = 64

/**
 * Keeps room for those who are signed in: any user of the machine can open connections and say nothing. Connections without a session are
 * limited by ending the oldest of them, so that a new one, which may be the user's own, always gets through.
 */
export function limitStrangers(server: Server, most = mostStrangers): { admit(socket: Socket): void } {
  const strangers = new Set<Socket>() // in the order in which they came
  server.on('connection', (socket) => {
    strangers.add(socket)
    socket.once('close', () => strangers.delete(socket))
    if (strangers.size > most) oldest(strangers)?.destroy()
  })
  return { admit: (socket) => void strangers.delete(socket) }
}

const oldest = (sockets: Set<Socket>): Socket | undefined => sockets.values().next().value
