import type { WebPreferences } from 'electron'

/** Every security-relevant preference, spelled out: an isolated, sandboxed page without Node that loads only its own files. */
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
  spellcheck: false, // would download dictionaries
})
