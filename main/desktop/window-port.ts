import { RPCHandler } from '@orpc/server/message-port'
import { RequestHeadersPlugin } from '@orpc/server/plugins'
import { type IpcMain, MessageChannelMain, type MessagePortMain } from 'electron'
import type { AppRouter } from '../app/router.ts'
import { connectChannel, portChannel } from '../shared/channels.ts'
import { isOwnPage } from './security.ts'

interface WindowPorts {
  readonly ipc: IpcMain
  readonly router: AppRouter
  /** Ids of our windows' web contents. */
  readonly windows: ReadonlySet<number>
  readonly log: (line: string) => void
}

/**
 * Gives each page that asks its own port to the application's API. The API contract validates the messages; this function decides who gets a
 * port. A reloaded page asks again, which closes its old port.
 */
export function handOutPorts({ ipc, router, windows, log }: WindowPorts): void {
  const handler = new RPCHandler(router, { plugins: [new RequestHeadersPlugin()] })
  const open = new Map<number, MessagePortMain>() // keeps ports from being garbage-collected
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
