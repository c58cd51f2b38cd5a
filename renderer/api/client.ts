import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import type { contract } from '../../main/shared/contract/contract.ts'
import { setConnection } from './connection.ts'
import { connectPort } from './port.ts'
import { reviewerHeaders } from './reviewer.ts'
import { lastingSocket } from './socket.ts'

type LaurelClient = ContractRouterClient<typeof contract>

async function makeClient(): Promise<LaurelClient> {
  if (window.laurel === undefined) {
    return createORPCClient(new SocketLink({ websocket: lastingSocket(`ws://${window.location.host}/rpc`), headers: reviewerHeaders }))
  }
  const port = await connectPort(window.laurel)
  port.addEventListener('close', () => setConnection('offline'))
  port.start()
  setConnection('online')
  return createORPCClient(new PortLink({ port, headers: reviewerHeaders }))
}

/** Typed client of the application's API. */
export const client: LaurelClient = await makeClient()

/** Queries and mutations for TanStack Query: `useQuery(orpc.runs.list.queryOptions())`. */
export const orpc = createTanstackQueryUtils(client)
