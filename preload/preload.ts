import { contextBridge, ipcRenderer } from 'electron'

/**
 * All of Electron that a page can reach: a way to request the port to the application. A port can't cross the context bridge, so it is
 * posted to the page's own window, with no other origin as its target. main/desktop/window-port.ts uses the same two channel names.
 */
contextBridge.exposeInMainWorld('laurel', {
  connect(): void {
    ipcRenderer.once('laurel:port', ({ ports }) => window.postMessage('laurel:port', window.location.origin, [...ports]))
    ipcRenderer.send('laurel:connect')
  },
})
