import type { LaurelError } from '../../shared/errors.ts'

/** Message channel between the engine process and its owner. Values arrive as structured clones. */
export interface Transport {
  /** Resolves when the OS has accepted the message, which gives senders backpressure. */
  send(message: unknown): Promise<void>
  onMessage(listener: (message: unknown) => void): void
  /** Called when the other side is gone. */
  onClose(listener: () => void): void
}

/** Electron's replacement for `process.send` in a utility process (`process.parentPort`). */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  on(event: 'close', listener: () => void): void
}

/** The channel to the parent process: Electron's or Node's, or null if there is none. */
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
  // A failed send means that the parent is gone, which `disconnect` reports.
  send: (message) => new Promise((resolve) => process.send!(message, undefined, undefined, () => resolve())),
  onMessage: (listener) => process.on('message', listener),
  onClose: (listener) => process.on('disconnect', listener),
})

/** Two connected in-memory transports. */
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

/** Ends this process after its accelerator failed. What it writes is quoted by the ENGINE_LOST of later calls. */
export function endAfterFailure({ message }: LaurelError): void {
  process.stderr.write(`${message}\n`, () => process.exit(1))
}
