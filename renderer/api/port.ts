/** What the preload script gives to an Electron window. A page in a browser has none. */
declare global {
  interface Window {
    readonly laurel?: { connect(): void }
  }
}

/** The port to the application behind an Electron window: asked for through the preload script, which posts it to this window. */
export function connectPort(bridge: NonNullable<Window['laurel']>): Promise<MessagePort> {
  return new Promise((resolve) => {
    function receive({ source, origin, data, ports }: MessageEvent): void {
      if (source !== window || origin !== window.location.origin || data !== 'laurel:port' || ports.length !== 1) return
      window.removeEventListener('message', receive)
      resolve(ports[0])
    }
    window.addEventListener('message', receive)
    bridge.connect()
  })
}
