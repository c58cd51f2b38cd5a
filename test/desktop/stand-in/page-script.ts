/**
 * Wraps a preload script for a page, as text: the part of Electron's renderer module that it uses, built on two functions that the stand-in
 * binds to the page. It runs in the page's own world, without Electron's context isolation.
 */
export const pageScript = (preload: string): string => `(() => {
  if (window.top !== window) return
  const listeners = new Map()
  const ports = new Map()
  const electron = {
    contextBridge: { exposeInMainWorld: (name, value) => Object.defineProperty(window, name, { value: Object.freeze(value) }) },
    ipcRenderer: {
      send: (channel, ...args) => window.__standInSend(channel, args),
      once: (channel, listener) => listeners.set(channel, listener),
    },
  }
  window.__standInReceive = (channel, message, portIds) => {
    const received = portIds.map((id) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = ({ data }) => window.__standInPort(id, data)
      ports.set(id, port1)
      return port2
    })
    const listener = listeners.get(channel)
    listeners.delete(channel)
    listener?.({ ports: received }, message)
  }
  window.__standInPost = (id, data) => ports.get(id)?.postMessage(data)
  const require = (name) => {
    if (name === 'electron') return electron
    throw new Error('a sandboxed preload script cannot load ' + name)
  }
  new Function('require', 'exports', 'module', ${JSON.stringify(preload)})(require, {}, {})
})()`
