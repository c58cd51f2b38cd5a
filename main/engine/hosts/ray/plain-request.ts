import http from 'node:http'
import https from 'node:https'

interface PlainRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  readonly timeoutMs: number
}

export interface PlainResponse {
  readonly status: number
  readonly text: string
}

/**
 * An HTTP request without the headers of browsers. Ray's dashboard refuses to change anything for a browser, and takes `fetch`, which always
 * sends `Sec-Fetch-Mode`, for one. Redirects aren't followed: they could lead a token elsewhere.
 */
export function plainRequest(address: string, { method, headers, body, timeoutMs }: PlainRequest): Promise<PlainResponse> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const length = bytes === undefined ? {} : { 'content-length': String(bytes.byteLength) }
  return new Promise((resolve, reject) => {
    const { request } = new URL(address).protocol === 'https:' ? https : http
    const sent = request(address, { method, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
      response.on('error', reject)
    })
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error('it is silent')))
    sent.on('error', reject)
    sent.end(bytes)
  })
}
