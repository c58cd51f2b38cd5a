import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWindowServer } from '../../dev/window-server.ts'
import { complaintsOf, launchChromium, signIn } from '../support/chromium.ts'
import { browser as chromium, needing } from '../support/needs.ts'
import { repositoryFile } from '../support/shared.ts'

/** A window of one label, under Laurel's own page and Vite configuration. */
const page = `
import { createRoot } from 'react-dom/client'
import { Label } from './label.tsx'
createRoot(document.getElementById('root')!).render(<Label />)`
const label = (text: string): string => `
import { useState } from 'react'
export function Label() {
  const [count, setCount] = useState(0)
  return <button type="button" onClick={() => setCount(count + 1)}>${text} {count}</button>
}`

const folder = mkdtempSync(join(tmpdir(), 'laurel-e2e-dev-'))
const project = join(folder, 'project')
const write = (name: string, text: string): void => writeFileSync(join(project, 'renderer', name), text)

needing(chromium).describe('laurel dev', () => {
  let browser: Browser
  let server: Awaited<ReturnType<typeof startWindowServer>>

  beforeAll(async () => {
    mkdirSync(join(project, 'renderer'), { recursive: true })
    for (const name of ['vite.config.ts', 'package.json', 'renderer/index.html', 'renderer/public'])
      cpSync(repositoryFile(name), join(project, name), { recursive: true })
    symlinkSync(repositoryFile('node_modules'), join(project, 'node_modules'))
    write('main.tsx', page)
    write('label.tsx', label('Train'))
    server = await startWindowServer({
      ...{ home: join(folder, 'home'), port: 0, project, cacheDir: join(folder, 'cache') },
      mainPort: () => undefined,
    })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a changed label appears without a reload, and the page keeps its state and its policy', async () => {
    const window = await browser.newPage()
    const complaints = complaintsOf(window)
    await signIn(window, server.link())
    await window.getByText('Train 0').click()
    await window.getByText('Train 1').waitFor()
    write('label.tsx', label('Train M2'))
    await window.getByText('Train M2 1').waitFor()
    expect(complaints).toEqual([])
  })
})
