import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandLine } from '../support/command-line.ts'
import { linux, needing } from '../support/needs.ts'
import { startServe } from '../support/served.ts'
import { repositoryFile } from '../support/shared.ts'

const laurel = commandLine()
let home: string
beforeEach(() => {
  home = laurel.path('home')
})
afterEach(() => laurel.remove())

test('laurel link prints an address that signs another browser in while Laurel runs', async () => {
  const served = await startServe(home)
  const first = await fetch(served.address)
  expect(first.status).toBe(200)
  const { code, stdout } = await laurel.run('link')
  expect(code).toBe(0)
  expect((await fetch(stdout.trim())).headers.get('set-cookie')).toContain('laurel-')
  expect((await fetch(stdout.trim())).status).toBe(401)
  const readOnly = await laurel.run('link', '--read-only')
  expect((await fetch(readOnly.stdout.trim())).headers.get('set-cookie')).toMatch(/^laurel-\w+=[^;]*\.read\./)
  await served.end()
  const later = await laurel.run('link')
  expect(later).toMatchObject({ code: 2, stdout: '' })
  expect(later.stderr).toContain("isn't being served")
})

needing(linux).test('the one-time address is never a program argument, and other users can’t read the file that holds it', async () => {
  const programs = mkdtempSync(join(tmpdir(), 'laurel-open-'))
  const argumentsFile = join(programs, 'arguments')
  mkdirSync(home, { recursive: true })
  writeFileSync(
    join(programs, 'xdg-open'),
    `#!/bin/sh\necho "$@" > '${argumentsFile}.tmp' && mv '${argumentsFile}.tmp' '${argumentsFile}'\n`,
    { mode: 0o755 },
  )
  const env = { ...process.env, LAUREL_HOME: home, PATH: `${programs}:${process.env.PATH}` }
  const child = spawn(process.execPath, [repositoryFile('main/cli/laurel.ts'), 'serve'], { env, stdio: 'ignore' })
  await expect.poll(() => existsSync(argumentsFile)).toBe(true)
  const given = readFileSync(argumentsFile, 'utf8').trim()
  expect(given).toMatch(/^file:\/\//)
  const file = new URL(given)
  expect(readFileSync(file, 'utf8')).toMatch(/url=http:\/\/127\.0\.0\.1:\d+\/\?token=/)
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  await ended
  expect(existsSync(file)).toBe(false)
  rmSync(programs, { recursive: true, force: true })
})
