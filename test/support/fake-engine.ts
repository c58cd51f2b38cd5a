import { writeSync } from 'node:fs'
import { progressed, startPulse } from '../../main/engine/backends/pulse.ts'
import { beatMark } from '../../main/engine/beat.ts'
import { serve } from '../../main/engine/process/engine-server.ts'
import { parentTransport } from '../../main/engine/process/transport.ts'
import { fakeInfo, fakeNumerics } from './fake-numerics.ts'

/** An engine process with the fake numerics. Some model names make it misbehave. */
const transport = parentTransport()!
const numerics = fakeNumerics()

startPulse()
transport.onClose(() => process.exit())

serve({
  transport,
  startBackend: async () => fakeInfo,
  onShutdown: () => {
    if (!process.argv.includes('--stubborn')) process.exit()
  },
  numerics: {
    ...numerics,
    async loadModel(path, precision) {
      if (path === 'crash') {
        process.stderr.write('before the end\nthe very last words\n')
        process.kill(process.pid, 'SIGKILL')
      }
      if (path === 'exit') process.exit(7)
      if (path === 'nonsense') await transport.send({ id: 'not a number' })
      if (path === 'block') for (;;); // like a native call that never returns
      if (path === 'freeze') {
        writeSync(2, `${beatMark}0 0\n`) // a heartbeat, even if the second thread hasn't written one yet
        process.kill(process.pid, 'SIGSTOP') // like a machine that is swapping
      }
      if (path === 'long') {
        const end = performance.now() + 8000
        while (performance.now() < end) progressed() // like a long unit of work that makes progress
      }
      return numerics.loadModel(path, precision)
    },
  },
})
