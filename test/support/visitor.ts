import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import type { contract } from '../../main/shared/contract/contract.ts'

/** A signed-in client that has opened the printed address, without a browser. */
export interface Visitor {
  readonly client: ContractRouterClient<typeof contract>
  /** A file of the window. */
  fetch(path: string): Promise<Response>
  leave(): void
}

export async function visit(address: string): Promise<Visitor> {
  const { origin, host } = new URL(address)
  const entered = await fetch(address, { redirect: 'manual' })
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]
  const socket = new WebSocket(`ws://${host}/rpc`, { headers: { cookie, origin } })
  return {
    client: createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket })),
    fetch: (path) => fetch(`${origin}${path}`, { headers: { cookie } }),
    leave: () => socket.terminate(),
  }
}
