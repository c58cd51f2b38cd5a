import { contextBridge, ipcRenderer } from 'electron'
import { connectChannel, portChannel } from '../main/shared/channels.ts'

/**
 * All of Electron that a page can reach: a way to request the port to the application. A port can't cross the context bridge, so it is
 * posted to the page's own window, with no other origin as its target.
 */
contextBridge.exposeInMainWorld('laurel', {
  connect(): void {
    ipcRenderer.once(portChannel, ({ ports }) => window.postMessage(portChannel, window.location.origin, [...ports]))
    ipcRenderer.send(connectChannel)
  },
})
