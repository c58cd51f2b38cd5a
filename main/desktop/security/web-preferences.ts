import type { WebPreferences } from 'electron'

/** What the page's process may do, all spelled out: an isolated, sandboxed page without Node, that loads nothing from elsewhere. */
export const webPreferences = (preload: string, isDeveloping: boolean): WebPreferences => ({
  preload,
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  devTools: isDeveloping,
  spellcheck: false, // its dictionaries would be fetched from the network
})
