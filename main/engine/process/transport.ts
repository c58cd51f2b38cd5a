/** How the engine process and its owner exchange messages. Values arrive as structured clones. */
export interface Transport {
  /** Resolves when the message has been handed to the system, so that a sender can't run ahead of the channel without end. */
  send(message: unknown): Promise<void>
  onMessage(listener: (message: unknown) => void): void
  /** The other side is gone. */
  onClose(listener: () => void): void
}

/** What Electron gives a utility process in place of `process.send` (`process.parentPort`). */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  on(event: 'close', listener: () => void): void
}

/** The channel to the process that started this one: Electron's, or Node's; null where there is none. */
export function parentTransport(): Transport | null {
  const port = (process as unknown as { parentPort?: ParentPort }).parentPort
  if (port) return portTransport(port)
  return process.send ? childTransport() : null
}

const portTransport = (port: ParentPort): Transport => ({
  send: async (message) => port.postMessage(message),
  onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
  onClose: (listener) => port.on('close', listener),
})

const childTransport = (): Transport => ({
  // A failed send means that the parent is gone; `disconnect` says so.
  send: (message) => new Promise((resolve) => process.send!(message, undefined, undefined, () => resolve())),
  onMessage: (listener) => process.on('message', listener),
  onClose: (listener) => process.on('disconnect', listener),
})

/** Two ends joined in memory. */
export function memoryTransports(): [Transport, Transport] {
  const listeners: ((message: unknown) => void)[][] = [[], []]
  const end = (own: 0 | 1): Transport => ({
    async send(message) {
      const copy = structuredClone(message)
      setImmediate(() => {
        for (const listener of listeners[1 - own]) listener(copy)
      })
    },
    onMessage: (listener) => listeners[own].push(listener),
    onClose: () => {},
  })
  return [end(0), end(1)]
}
