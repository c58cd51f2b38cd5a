import { RPCHandler } from '@orpc/server/message-port'
import { type IpcMain, MessageChannelMain, type MessagePortMain } from 'electron'
import type { AppRouter } from '../api/router.ts'
import { isOwnPage } from './security/sender.ts'

/** The only two messages that a page's preload script and main exchange. The same words stand in preload/preload.ts. */
const connectChannel = 'laurel:connect'
const portChannel = 'laurel:port'

export interface WindowPorts {
  readonly ipc: IpcMain
  readonly router: AppRouter
  /** Ids of the contents of our windows. */
  readonly windows: ReadonlySet<number>
  readonly log: (line: string) => void
}

/**
 * Gives each page that asks a port of its own to the application's contract. What comes over it is checked by the contract; who may have
 * one is checked here. A page that is loaded anew asks anew, and its old port closes.
 */
export function handOutPorts({ ipc, router, windows, log }: WindowPorts): void {
  const handler = new RPCHandler(router)
  const open = new Map<number, MessagePortMain>() // held here, or they would be collected
  ipc.on(connectChannel, (event) => {
    const { sender, senderFrame } = event
    if (!isOwnPage(event, windows)) return log(`refused a port to ${senderFrame?.url ?? 'a frame that is gone'}`)
    open.get(sender.id)?.close()
    const { port1, port2 } = new MessageChannelMain()
    open.set(sender.id, port1)
    port1.on('close', () => {
      if (open.get(sender.id) === port1) open.delete(sender.id)
    })
    handler.upgrade(port1)
    port1.start()
    senderFrame!.postMessage(portChannel, null, [port2])
  })
}
