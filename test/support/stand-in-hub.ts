import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server does wrong with one request for a file. Each fault is used up by one request. */
export type Fault =
  /** The connection breaks after so many bytes, once the client has them: what fetch has read ahead is lost when it breaks. */
  | { readonly kind: 'drops'; readonly after: number; readonly once: () => boolean }
  /** It sends so many bytes and then nothing, without an end. Negative: not even a beginning. */
  | { readonly kind: 'stalls'; readonly after: number; isStalling?: boolean }
  | { readonly kind: 'truncates'; readonly to: number } // a complete answer with too little in it
  | { readonly kind: 'spoils' } // other content of the same length
  | { readonly kind: 'ignores-range' }
  | { readonly kind: 'wrong-range' }
  | { readonly kind: 'adds'; readonly bytes: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }

/** A server that answers as the Hugging Face Hub does, on this machine, with faults on request. */
export async function standInHub(repository: string, files: Readonly<Record<string, Buffer>>) {
  const commit = createHash('sha1')
    .update(JSON.stringify(Object.keys(files)))
    .digest('hex')
  const faults: Fault[] = []
  const asked: { path: string; range: string | undefined; authorization: string | undefined }[] = []
  /** Changes what the listing says of a file. */
  const lies: Record<string, object> = {}
  /** What the listing answers. */
  const says = { card: { license: 'apache-2.0' } as object, status: 200, text: null as string | null, isStalling: false }

  const siblings = () =>
    Object.entries(files).map(([rfilename, content]) => {
      const isLarge = content.length > 1000
      const blob = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
      const lfs = { sha256: createHash('sha256').update(content).digest('hex'), size: content.length }
      return { rfilename, size: content.length, blobId: blob, ...(isLarge ? { lfs } : {}), ...lies[rfilename] }
    })

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url!, 'http://hub')
    asked.push({ path: pathname, range: request.headers.range, authorization: request.headers.authorization })
    if (pathname.startsWith(`/api/models/${repository}/revision/`)) {
      response.writeHead(says.status, { 'content-type': 'application/json' })
      const text = says.text ?? JSON.stringify({ sha: commit, cardData: says.card, siblings: siblings() })
      if (!says.isStalling) return void response.end(text)
      return void response.write(text.slice(0, text.length / 2))
    }
    const [, path] = new RegExp(`^/${repository}/resolve/${commit}/(.+)$`).exec(pathname) ?? []
    if (path !== undefined && files[path]?.length > 1000) {
      return void response.writeHead(302, { location: `/storage/${path}` }).end() // as large files are served
    }
    const content = files[path ?? pathname.replace('/storage/', '')]
    if (content === undefined) return void response.writeHead(404).end()
    send(content, request, response)
  }

  function send(content: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const fault = faults.shift()
    if (fault?.kind === 'status') {
      return void response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }).end()
    }
    if (fault?.kind === 'stalls') fault.isStalling = true
    if (fault?.kind === 'stalls' && fault.after < 0) return
    const from = fault?.kind === 'ignores-range' ? 0 : Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from >= content.length && from > 0) return void response.writeHead(416).end()
    let body = content.subarray(from)
    if (fault?.kind === 'spoils') body = Buffer.alloc(body.length, 'x')
    if (fault?.kind === 'truncates') body = body.subarray(0, fault.to)
    if (fault?.kind === 'adds') body = Buffer.concat([body, Buffer.alloc(fault.bytes)])
    const told = fault?.kind === 'wrong-range' ? from + 1 : from
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': body.length,
      ...(from > 0 ? { 'content-range': `bytes ${told}-${content.length - 1}/${content.length}` } : {}),
    })
    if (fault?.kind === 'drops') {
      response.write(body.subarray(0, fault.after))
      const look = setInterval(() => {
        if (!fault.once()) return
        clearInterval(look)
        response.destroy()
      }, 5)
      return
    }
    if (fault?.kind === 'stalls') return void response.write(body.subarray(0, fault.after))
    response.end(body)
  }

  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commit,
    faults,
    asked,
    lies,
    says,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
export type StandInHub = Awaited<ReturnType<typeof standInHub>>
