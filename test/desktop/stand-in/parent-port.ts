import { EventEmitter } from 'node:events'

/** Loaded before a script that runs in a stood-in utility process: gives it `process.parentPort`, and takes what Node gives a child. */
const port = new EventEmitter()
const send = process.send!.bind(process)
process.on('message', (data) => port.emit('message', { data, ports: [] }))
process.on('disconnect', () => port.emit('close'))
Object.assign(process, {
  parentPort: Object.assign(port, { postMessage: (message: unknown) => void send(message) }),
  send: undefined,
})
