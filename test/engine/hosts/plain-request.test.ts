import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { plainRequest } from '../../../main/engine/hosts/ray/plain-request.ts'

let server: Server
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

it.each<[string, (response: ServerResponse) => void]>([
  ['before its answer', () => {}],
  ['after the headers', (response) => response.writeHead(200).flushHeaders()],
  ['in the middle of its answer', (response) => response.writeHead(200).write('half')],
])('gives up a server that falls silent %s', async (_, answer) => {
  server = createServer((_request, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await expect(plainRequest(address, { method: 'GET', headers: {}, timeoutMs: 30 })).rejects.toThrow('it is silent')
})
