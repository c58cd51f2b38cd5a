import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { repositoryFile } from '../../support/shared.ts'
import type { Desk } from '../desk.ts'
import type { FromStandIn, Recorded, ToStandIn } from './control.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export function startMain(home: string, env: Record<string, string> = {}, program = repositoryFile('build/main/index.js')) {
  const recorded: Recorded[] = []
  const waiting = new Set<() => void>()
  const child = spawn(process.execPath, ['--import', repositoryFile('test/desktop/stand-in/hooks.ts'), program], {
    env: { ...process.env, LAUREL_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let said = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const wake = (): void => {
    for (const look of waiting) look()
  }
  child.on('message', (message: FromStandIn) => {
    if (message.kind === 'recorded') recorded.push(message.recorded)
    wake()
  })
  let hasEnded = false
  const ended = once(child, 'close').then(([code]) => {
    hasEnded = true
    wake()
    return code as number | null
  })
  const of = (call: string): unknown[] => recorded.filter((one) => one.call === call).map(({ value }) => value)

  const seen = (call: string, fits: (value: unknown) => boolean = () => true): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const value = recorded.find((one) => one.call === call && fits(one.value))
        if (value === undefined && !hasEnded) return
        waiting.delete(look)
        if (value !== undefined) resolve(value.value)
        else reject(new Error(`main ended before ${call}: ${said}`))
      }
      waiting.add(look)
      look()
    })

  return { child, recorded, of, seen, ended, said: () => said, tell: (message: ToStandIn): void => void child.send(message) }
}

/** Starts Laurel's built main, unmodified, on the stand-in for Electron. */
export async function standIn(home: string, program?: string): Promise<Desk> {
  const profile = mkdtempSync(join(tmpdir(), 'laurel-profile-'))
  const port = await freePort()
  const main = startMain(home, { LAUREL_STAND_IN_PROFILE: profile, LAUREL_STAND_IN_PORT: String(port) }, program)
  await main.seen('window.show')
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
  const page = browser.contexts()[0].pages()[0]
  return {
    async left(address) {
      await main.seen('navigation', (value) => (value as { url: string }).url === address)
    },
    ...{ page, of: main.of, seen: main.seen, tell: main.tell, ended: main.ended },
    async end() {
      await browser.close().catch(() => {})
      main.child.kill('SIGKILL')
      await main.ended
      rmSync(profile, { recursive: true, force: true })
    },
  }
}
