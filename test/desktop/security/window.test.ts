import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { webPreferences } from '../../../main/desktop/security.ts'
import { repositoryFile } from '../../support/shared.ts'

test('the page is sandboxed, isolated, and without Node, and every such preference is explicit', () => {
  expect(webPreferences('/preload.cjs', false)).toEqual({
    ...{ preload: '/preload.cjs', sandbox: true, contextIsolation: true, webSecurity: true, safeDialogs: true },
    ...{ nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false },
    ...{ allowRunningInsecureContent: false, experimentalFeatures: false, webviewTag: false, navigateOnDragDrop: false },
    ...{ devTools: false, spellcheck: false },
  })
})

test('an installed Laurel has no developer tools', () => {
  expect(webPreferences('', true).devTools).toBe(true)
  expect(webPreferences('', false).devTools).toBe(false)
})

test('the preload script exposes one function and nothing of Electron', () => {
  const source = readFileSync(repositoryFile('preload/preload.ts'), 'utf8')
  expect(source.match(/exposeInMainWorld/g)).toHaveLength(1)
  expect(source.match(/import .*/g)).toEqual([
    "import { contextBridge, ipcRenderer } from 'electron'",
    "import { connectChannel, portChannel } from '../main/shared/channels.ts'",
  ])
})
