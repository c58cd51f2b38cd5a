import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { startWindowServer } from '../../dev/window-server.ts'
import { repositoryFile } from '../support/shared.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-dev-'))
const project = join(folder, 'project')
let main: Server
let mainPort: number | undefined
let seenByMain: IncomingHttpHeaders = {}
let server: Awaited<ReturnType<typeof startWindowServer>>
let origin = ''
let cookie = ''

beforeAll(async () => {
  mkdirSync(join(project, 'renderer'), { recursive: true })
  for (const file of ['vite.config.ts', 'package.json', 'renderer/index.html']) cpSync(repositoryFile(file), join(project, file))
  symlinkSync(repositoryFile('node_modules'), join(project, 'node_modules'))
  writeFileSync(join(project, 'renderer/main.tsx'), 'export const label: string = "from source"')
  writeFileSync(join(folder, 'secret.ts'), 'export {}')
  main = createServer()
  new WebSocketServer({ server: main }).on('connection', (socket, { headers }) => {
    seenByMain = headers
    socket.on('message', (message) => socket.send(`main got ${message}`))
  })
  await once(main.listen(0, '127.0.0.1'), 'listening')
  mainPort = (main.address() as AddressInfo).port
  server = await startWindowServer({
    home: join(folder, 'home'),
    port: 0,
    mainPort: () => mainPort,
    project,
    cacheDir: join(folder, 'cache'),
  })
  origin = `http://127.0.0.1:${server.port}`
  cookie = (await fetch(server.link())).headers.get('set-cookie')!.split(';')[0]
})

afterAll(async () => {
  await server.close()
  main.closeAllConnections()
  main.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) // Vite may still be writing its cache
})

const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${origin}${path}`, { headers })
const navigation = { accept: 'text/html' }

/** The first message, or why the socket was refused. */
async function socketTo(path: string, headers: Record<string, string>, protocols: string[] = []): Promise<string> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, protocols, { headers })
  socket.once('open', () => socket.send('hello'))
  try {
    return String((await once(socket, 'message'))[0])
  } catch (error) {
    return (error as Error).message
  } finally {
    socket.terminate()
  }
}

describe('without a session', () => {
  test.each(['/', '/runs', '/main.tsx', '/@vite/client', '/@fs/etc/hostname', '/session'])('%s is refused', async (path) => {
    expect((await ask(path)).status).toBe(401)
  })

  test('a navigation gets the sign-in page', async () => {
    const answer = await ask('/runs', navigation)
    expect(answer.status).toBe(401)
    expect(await answer.text()).toContain('Sign in to Laurel')
  })

  test.each([
    ['/rpc', []],
    ['/', ['vite-hmr']],
    ['/', ['vite-ping']],
  ])('the socket %s %j is refused', async (path, protocols) => {
    expect(await socketTo(path, { origin }, protocols)).toContain('403')
  })

  test('a one-time link signs in once', async () => {
    const link = server.link()
    expect((await fetch(link)).status).toBe(200)
    expect((await fetch(link)).status).toBe(401)
  })
})

describe('with a session', () => {
  test('a place inside the page gets the page, and every script and style of it carries the nonce of its policy', async () => {
    const answer = await ask('/runs/12', { ...navigation, cookie })
    const policy = answer.headers.get('content-security-policy')!
    const nonce = /'nonce-([^']+)'/.exec(policy)![1]
    const html = await answer.text()
    expect(html).not.toContain('__STYLE_NONCE__')
    const tags = html.match(/<(script|style)\b[^>]*>/g)!
    expect(tags.length).toBeGreaterThan(2)
    for (const tag of tags) expect(tag).toContain(`nonce="${nonce}"`)
    expect(html).toContain(`<meta name="style-nonce" content="${nonce}" />`)
  })

  test('the policy is production’s, plus the nonce for scripts', async () => {
    const policy = (await ask('/', { ...navigation, cookie })).headers.get('content-security-policy')
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'nonce-[^']+'; style-src 'self' 'nonce-[^']+';/)
    expect(policy).toContain("connect-src 'self';")
    expect(policy).not.toContain('unsafe')
  })

  test('each page has a nonce of its own', async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => (await ask('/', { ...navigation, cookie })).headers.get('content-security-policy')),
    )
    expect(policies[0]).not.toBe(policies[1])
  })

  test('a source file is served as JavaScript', async () => {
    const answer = await ask('/main.tsx', { cookie })
    expect(answer.headers.get('content-type')).toContain('javascript')
    const text = await answer.text()
    expect(text).toContain('from source')
    expect(text).not.toContain(': string')
  })

  test('files outside the project stay out of reach', async () => {
    expect((await ask(`/@fs${join(folder, 'secret.ts')}`, { cookie })).status).not.toBe(200)
  })

  test('the page’s socket reaches main, under the host and origin that main accepts', async () => {
    expect(await socketTo('/rpc', { origin, cookie })).toBe('main got hello')
    const address = `127.0.0.1:${mainPort}`
    expect(seenByMain).toMatchObject({ host: address, origin: `http://${address}`, cookie })
  })

  test('a page of another origin gets no socket', async () => {
    expect(await socketTo('/rpc', { origin: `http://127.0.0.1:${mainPort}`, cookie })).toContain('403')
    expect(await socketTo('/rpc', { cookie })).toContain('403')
  })

  test('a request under another host name is refused', async () => {
    expect(await socketTo('/rpc', { origin, cookie, host: `evil.example:${server.port}` })).toContain('403')
  })

  test('the socket is refused while main is down', async () => {
    const port = mainPort
    mainPort = undefined
    expect(await socketTo('/rpc', { origin, cookie })).toContain('503')
    mainPort = port
  })

  test('hot reload connects with the token that only the page knows', async () => {
    const client = await (await ask('/@vite/client', { cookie })).text()
    const token = /wsToken = "([^"]+)"/.exec(client)![1]
    expect(await socketTo(`/?token=${token}`, { origin, cookie }, ['vite-hmr'])).toContain('connected')
    expect(await socketTo('/?token=wrong', { origin, cookie }, ['vite-hmr'])).toContain('400')
  })
})
