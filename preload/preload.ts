import { contextBridge, ipcRenderer } from 'electron'

/**
 * The only thing that a page gets of Electron: it may ask for the port to the application. A port cannot pass the bridge between the
 * worlds, so it is posted to the page's own window, and to no other origin. The same two names stand in main/desktop/window-port.ts.
 */
contextBridge.exposeInMainWorld('laurel', {
  connect(): void {
    ipcRenderer.once('laurel:port', ({ ports }) => window.postMessage('laurel:port', window.location.origin, [...ports]))
    ipcRenderer.send('laurel:connect')
  },
})
