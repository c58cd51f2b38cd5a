import { endWithParent } from '../../main/engine/process/parent-watch.ts'
import { serve } from '../../main/engine/process/server.ts'
import { parentTransport } from '../../main/engine/process/transport.ts'
import { fakeInfo, fakeNumerics } from './fake-numerics.ts'

/** An engine process whose numerics are the fake ones. The model's name can make it misbehave. */
const transport = parentTransport()!
const numerics = fakeNumerics()

endWithParent()
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
      return numerics.loadModel(path, precision)
    },
  },
})
