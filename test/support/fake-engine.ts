import { writeSync } from 'node:fs'
import { beatMark } from '../../main/engine/beat.ts'
import { progressed, startPulse } from '../../main/engine/process/pulse.ts'
import { serve } from '../../main/engine/process/server.ts'
import { parentTransport } from '../../main/engine/process/transport.ts'
import { fakeInfo, fakeNumerics } from './fake-numerics.ts'

/** An engine process whose numerics are the fake ones. The model's name can make it misbehave. */
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
        writeSync(2, `${beatMark}0 0\n`) // whatever the second thread has come to
        process.kill(process.pid, 'SIGSTOP') // like a machine that swaps
      }
      if (path === 'long') {
        const end = performance.now() + 8000
        while (performance.now() < end) progressed() // like a unit of work that is long, and gets on
      }
      return numerics.loadModel(path, precision)
    },
  },
})
