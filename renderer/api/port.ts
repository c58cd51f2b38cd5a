import { portChannel } from '../../main/shared/channels.ts'

/** Exposed by the preload script in an Electron window; missing in a browser. */
declare global {
  interface Window {
    readonly laurel?: { connect(): void }
  }
}

/** Requests the message port to the main process through the preload script, which posts it to this window. */
export function connectPort(bridge: NonNullable<Window['laurel']>): Promise<MessagePort> {
  return new Promise((resolve) => {
    function receive({ source, origin, data, ports }: MessageEvent): void {
      if (source !== window || origin !== window.location.origin || data !== portChannel || ports.length !== 1) return
      window.removeEventListener('message', receive)
      resolve(ports[0])
    }
    window.addEventListener('message', receive)
    bridge.connect()
  })
}
