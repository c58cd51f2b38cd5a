import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'

const registered = vi.hoisted(() => vi.fn())
vi.mock('electron', () => ({ protocol: { registerSchemesAsPrivileged: registered } }))
const { answer, registerAppScheme } = await import('../../main/desktop/app-protocol.ts')

const home = mkdtempSync(join(tmpdir(), 'laurel-protocol-'))
const folder = join(home, 'window')
mkdirSync(folder)
writeFileSync(join(folder, 'index.html'), '<p>page</p>')
writeFileSync(join(home, 'secret.json'), 'secret')
symlinkSync(join(home, 'secret.json'), join(folder, 'leads-out.json'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const ask = (url: string, method = 'GET'): Response => answer({ url, method }, folder)

test('the scheme has its own origin and the privileges of https, and no others', () => {
  registerAppScheme()
  expect(registered).toHaveBeenCalledWith([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])
})

test('every path of the page has its content security policy', async () => {
  for (const url of ['app://laurel/', 'app://laurel/runs/abc']) {
    const response = ask(url)
    expect(await response.text()).toBe('<p>page</p>')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self'")
  }
})

test.each(['POST', 'PUT', 'HEAD', 'DELETE'])('%s is refused', (method) => {
  expect(ask('app://laurel/', method).status).toBe(405)
})

test.each([
  'app://other/',
  'app://laurel/../secret.json',
  'app://laurel/..%2fsecret.json',
  'app://laurel/%2e%2e/secret.json',
  'app://laurel/leads-out.json',
  'app://laurel//secret.json',
  'app://laurel/missing.js',
  'app://laurel/%zz.js',
])('%s isn’t found', async (url) => {
  const response = ask(url)
  expect(response.status).toBe(404)
  expect(await response.text()).not.toContain('secret')
})
