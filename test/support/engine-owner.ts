import { fork } from 'node:child_process'

/** A process that starts an engine, has it block for ever, and tells its id. */
const engine = fork(process.argv[2], [], { serialization: 'advanced' })
engine.on('message', () => process.send!(engine.pid))
engine.send({ id: 1, method: 'usage', params: {} })
engine.send({ id: 2, method: 'load', params: { model: 'block' } })
