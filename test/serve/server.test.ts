import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Application, openApplication } from '../../main/app/application.ts'
import { homePaths } from '../../main/common/home.ts'
import { linksFolder } from '../../main/serve/access.ts'
import { links } from '../../main/serve/links.ts'
import { type Served, serveApplication } from '../../main/serve/server.ts'
import { endSessions } from '../../main/serve/sessions.ts'
import type { contract } from '../../main/shared/contract/contract.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const home = mkdtempSync(join(tmpdir(), 'laurel-serve-'))
const folder = join(home, 'window')
let application: Application
let served: Served

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), '<meta content="__STYLE_NONCE__">')
  writeFileSync(join(folder, 'assets', 'main.js'), 'export {}')
  writeFileSync(join(home, 'secret.json'), '{"key":1}')
  symlinkSync(join(home, 'secret.json'), join(folder, 'assets', 'leads-out.json'))
  application = openApplication({
    ...{ home, surface: 'browser', version: '0', checkersOf: () => [] },
    startEngine: () => Promise.reject(new Error('no engine here')),
  })
  served = await serve()
})

afterAll(async () => {
  await served.close()
  await application.close()
  rmSync(home, { recursive: true, force: true })
})

const serve = (): Promise<Served> => serveApplication(application, { port: 0, host: '127.0.0.1', folder })

/** Sends the path and headers exactly as given, which well-behaved clients wouldn't. */
function ask(
  path: string,
  { method = 'GET', headers = {}, at = served }: { method?: string; headers?: object; at?: Served } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port: at.port, path, method, headers: { host: `127.0.0.1:${at.port}`, ...headers } }, (response) => {
      void text(response).then((body) => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
    asked.once('error', reject).end()
  })
}

/** The path of a new one-time address. */
const pathOf = (server: Served): string => {
  const link = server.link()
  return link.slice(link.indexOf('/?'))
}
const cookieOf = ({ headers }: Answer): string => headers['set-cookie']![0].split(';')[0]

describe('access control', () => {
  let cookie: string
  beforeAll(async () => {
    cookie = cookieOf(await ask(pathOf(served)))
  })

  test('the first visit exchanges the token for a cookie that scripts can’t read and other sites can’t send', async () => {
    const answer = await ask(pathOf(served))
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' } })
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^laurel-[0-9a-f]{12}=[\w-]+\.\d+\.[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/),
    ])
    expect((await ask('/', { headers: { cookie: cookieOf(answer) } })).status).toBe(200)
  })

  test('signing in continues through a page, because browsers withhold the cookie after a redirect from a file', async () => {
    const { status, body } = await ask(pathOf(served))
    expect(status).toBe(200)
    expect(body).toContain('http-equiv="refresh" content="0; url=/"')
  })

  test('a token signs one browser in', async () => {
    const path = pathOf(served)
    expect((await ask(path)).status).toBe(200)
    const second = await ask(path)
    expect(second.status).toBe(401)
    expect(second.headers['set-cookie']).toBeUndefined()
  })

  test('a browser that is signed in may open a used address again', async () => {
    const path = pathOf(served)
    await ask(path)
    expect((await ask(path, { headers: { cookie } })).status).toBe(200)
  })

  test('an invalid token doesn’t use up a valid one', async () => {
    const path = pathOf(served)
    expect((await ask('/?token=wrong')).status).toBe(401)
    expect((await ask('/?token=../session-key')).status).toBe(401)
    expect((await ask(path)).status).toBe(200)
  })

  test.each(['', 'laurel-1=abc', 'laurel-0', 'laurel-0=a.9999999999.b'])(
    'without a valid cookie (%s) nothing of the application is served',
    async (other) => {
      const answer = await ask('/', { headers: { cookie: other } })
      expect(answer.status).toBe(401)
      expect(answer.body).not.toContain('__STYLE_NONCE__')
      expect((await ask('/assets/main.js', { headers: { cookie: other } })).status).toBe(401)
      expect((await ask('/session', { headers: { cookie: other } })).status).toBe(401)
    },
  )

  test('a cookie with a forged expiry or signature is rejected', async () => {
    const [id, end, signature] = cookie.split('.')
    expect((await ask('/', { headers: { cookie: [id, Number(end) + 1, signature].join('.') } })).status).toBe(401)
    expect((await ask('/', { headers: { cookie: [id, end, `${signature.slice(0, -2)}AA`].join('.') } })).status).toBe(401)
  })

  test('browsers get a sign-in page, other programs a line of text', async () => {
    const page = await ask('/', { headers: { accept: 'text/html,*/*' } })
    expect(page.status).toBe(401)
    expect(page.body).toContain('laurel link')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect((await ask('/')).body).not.toContain('<')
  })

  test('a session survives a restart and is valid on every server of the same data folder', async () => {
    const own = await serve()
    expect((await ask('/session', { at: own, headers: { cookie } })).status).toBe(204)
    await own.close()
  })

  test('ending every session signs all browsers out', async () => {
    const mine = cookieOf(await ask(pathOf(served)))
    expect((await ask('/session', { headers: { cookie: mine } })).status).toBe(204)
    endSessions(homePaths(home).serve)
    expect((await ask('/session', { headers: { cookie: mine } })).status).toBe(401)
    cookie = cookieOf(await ask(pathOf(served)))
  })

  test.each(['evil.example', '127.0.0.1', '127.0.0.1:1', '127.0.0.1.evil.example:PORT', 'evil.example:PORT'])(
    'a request made to %s (DNS rebinding) is refused, cookie or not',
    async (host) => {
      const answer = await ask('/', { headers: { cookie, host: host.replace('PORT', String(served.port)) } })
      expect(answer.status).toBe(403)
    },
  )

  test('localhost is accepted in any case', async () => {
    expect((await ask('/', { headers: { cookie, host: `LocalHost:${served.port}` } })).status).toBe(200)
  })

  test.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'https://127.0.0.1:PORT', 'http://localhost.evil.example:PORT'])(
    'a request from a page of %s is refused, cookie or not',
    async (origin) => {
      const answer = await ask('/', { headers: { cookie, origin: origin.replace('PORT', String(served.port)) } })
      expect(answer.status).toBe(403)
    },
  )

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is refused', async (method) => {
    expect(await ask('/', { method, headers: { cookie } })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })

  test.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/assets/..%2f..%2fsecret.json',
    '/assets/%2e%2e/%2e%2e/secret.json',
    '/assets/leads-out.json',
    '/%00.json',
    '/%zz.json',
    '/assets/',
  ])('%s serves no file', async (path) => {
    const answer = await ask(path, { headers: { cookie } })
    expect(answer.body).not.toContain('key')
    expect(path === '/assets/' ? 200 : 404).toBe(answer.status) // a path of the page gets the page
  })

  test.each(['//', 'http://[', '*'])('an invalid address (%s) does no harm', async (path) => {
    expect((await ask(path, { headers: { cookie } })).status).toBeLessThan(500)
    expect((await ask('/', { headers: { cookie } })).status).toBe(200)
  })

  test('every page has its own nonce and forbids framing', async () => {
    const [one, other] = [await ask('/', { headers: { cookie } }), await ask('/', { headers: { cookie } })]
    const nonce = /content="([^"]+)"/.exec(one.body)![1]
    expect(one.headers['content-security-policy']).toContain(`'nonce-${nonce}'`)
    expect(one.headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(other.body).not.toContain(nonce)
    expect(one.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cross-origin-opener-policy': 'same-origin' })
  })

  test('HEAD gets only the headers', async () => {
    const answer = await ask('/assets/main.js', { method: 'HEAD', headers: { cookie } })
    expect(answer).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  })

  /** 'open', or the server's refusal. */
  const socket = (headers: Record<string, string>, path = '/rpc'): Promise<string> =>
    new Promise((resolve) => {
      const opened = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { headers })
      opened.once('error', (error) => resolve(error.message))
      opened.once('open', () => {
        opened.terminate()
        resolve('open')
      })
    })

  test('a socket needs the cookie, our origin, and the /rpc path', async () => {
    const origin = `http://127.0.0.1:${served.port}`
    expect(await socket({ cookie, origin })).toBe('open')
    expect(await socket({ cookie })).toContain('403') // browsers always send an origin
    expect(await socket({ origin })).toContain('403')
    expect(await socket({ cookie, origin: 'https://evil.example' })).toContain('403')
    expect(await socket({ cookie, origin, host: 'evil.example' })).toContain('403')
    expect(await socket({ cookie, origin }, '/rpc?x')).toContain('403')
    expect(await socket({ cookie, origin }, '/other')).toContain('403')
  })

  /** The cookie that a read-only link gives a browser. */
  const readOnlyCookie = async (headers: object = {}): Promise<string> =>
    cookieOf(await ask(`/?token=${links(linksFolder(home)).make('read')}`, { headers }))

  /** Asks over a socket with this cookie. */
  async function over(given: string, work: (client: ContractRouterClient<typeof contract>) => Promise<unknown>): Promise<unknown> {
    const headers = { cookie: given, origin: `http://127.0.0.1:${served.port}` }
    const websocket = new WebSocket(`ws://127.0.0.1:${served.port}/rpc`, { headers })
    try {
      return await work(createORPCClient(new RPCLink({ websocket: websocket as unknown as globalThis.WebSocket })))
    } finally {
      websocket.terminate()
    }
  }

  test('a browser that signed in with a read-only link may look, but its socket changes nothing', async () => {
    const reader = await readOnlyCookie()
    expect(await over(reader, (client) => client.system.about())).toMatchObject({ isReadOnly: true })
    expect(await over(reader, (client) => client.runs.list())).toEqual([])
    const change = (given: string) => over(given, (client) => client.system.changeSettings({ reviewer: 'Eve' }))
    await expect(change(reader)).rejects.toMatchObject({ data: { code: 'READ_ONLY' } })
    expect(await change(cookie)).toMatchObject({ reviewer: 'Eve' })
  })

  test('a browser that may do everything still may after opening a read-only link, and a reader may more with a full one', async () => {
    const isReadOnly = async (given: string) => (await over(given, (client) => client.system.about())) as { isReadOnly: boolean }
    expect(await isReadOnly(await readOnlyCookie({ cookie }))).toMatchObject({ isReadOnly: false })
    const reader = await readOnlyCookie()
    expect(await isReadOnly(cookieOf(await ask(pathOf(served), { headers: { cookie: reader } })))).toMatchObject({ isReadOnly: false })
  })

  test('a malformed message ends its socket and nothing else', async () => {
    const raw = connect(served.port, '127.0.0.1')
    const headers = [`Host: 127.0.0.1:${served.port}`, `Origin: http://127.0.0.1:${served.port}`, `Cookie: ${cookie}`]
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ]
    raw.write(`GET /rpc HTTP/1.1\r\n${[...headers, ...upgrade].join('\r\n')}\r\n\r\n`)
    await new Promise((resolve) => raw.once('data', resolve))
    raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]))
    await new Promise((resolve) => raw.once('close', resolve))
    expect((await ask('/', { headers: { cookie } })).status).toBe(200)
  })
})

test('a port in use is reported with a remedy', async () => {
  await expect(serveApplication(application, { port: served.port, host: '127.0.0.1', folder })).rejects.toMatchObject({
    code: 'BUSY',
    remedy: expect.stringContaining('--port'),
  })
})

test('idle connections without a session leave room for the user', async () => {
  const own = await serve()
  const silent: Socket[] = []
  const ended = new Set<Socket>()
  for (let n = 0; n < 300; n++) {
    const socket = connect(own.port, '127.0.0.1')
    socket.on('close', () => ended.add(socket)).on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    silent.push(socket)
  }
  const answer = await ask(pathOf(own), { at: own })
  expect(answer.status).toBe(200)
  expect((await ask('/', { at: own, headers: { cookie: cookieOf(answer) } })).status).toBe(200)
  await expect.poll(() => ended.size).toBeGreaterThan(200)
  expect(ended.has(silent[0])).toBe(true)
  for (const socket of silent) socket.destroy()
  await own.close()
})

test('signed-in connections aren’t closed for idle ones', async () => {
  const own = await serve()
  const cookie = cookieOf(await ask(pathOf(own), { at: own }))
  const opened = new WebSocket(`ws://127.0.0.1:${own.port}/rpc`, { headers: { cookie, origin: `http://127.0.0.1:${own.port}` } })
  await new Promise((resolve) => opened.once('open', resolve))
  const silent = Array.from({ length: 150 }, () => connect(own.port, '127.0.0.1').on('error', () => {}))
  await expect.poll(() => silent.filter((socket) => socket.closed).length).toBeGreaterThan(50)
  const pong = new Promise((resolve) => opened.once('pong', resolve))
  opened.ping()
  await pong
  for (const socket of silent) socket.destroy()
  opened.terminate()
  await own.close()
})

test('closing ends every socket and frees the port', async () => {
  const own = await serve()
  const cookie = cookieOf(await ask(pathOf(own), { at: own }))
  const opened = new WebSocket(`ws://127.0.0.1:${own.port}/rpc`, { headers: { cookie, origin: `http://127.0.0.1:${own.port}` } })
  await new Promise((resolve) => opened.once('open', resolve))
  const closed = new Promise((resolve) => opened.once('close', resolve))
  await own.close()
  await closed
  await expect(ask('/', { at: own })).rejects.toThrow('ECONNREFUSED')
})
