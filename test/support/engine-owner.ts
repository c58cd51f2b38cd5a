import { fork } from 'node:child_process'

/** A process that starts an engine, makes it block forever, and prints its PID. */
const engine = fork(process.argv[2], [], { serialization: 'advanced' })
engine.on('message', () => process.send!(engine.pid))
engine.send({ id: 1, method: 'usage', params: {} })
engine.send({ id: 2, method: 'load', params: { model: 'block' } })
