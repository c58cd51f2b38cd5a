import { EventEmitter } from 'node:events'

/** Preloaded in the stand-in's utility processes: adds `process.parentPort` and removes Node's own IPC. */
const port = new EventEmitter()
const send = process.send!.bind(process)
process.on('message', (data) => port.emit('message', { data, ports: [] }))
process.on('disconnect', () => port.emit('close'))
Object.assign(process, {
  parentPort: Object.assign(port, { postMessage: (message: unknown) => void send(message) }),
  send: undefined,
})
