import { LaurelError } from '../../shared/errors.ts'
import { startPulse } from '../backends/pulse.ts'
import { parentTransport, type Transport } from './transport.ts'

/** For the entry point of an engine process: the channel to its owner, with whom the process ends. Throws BAD_INPUT if a user started it. */
export function connectToOwner(): Transport {
  const transport = parentTransport()
  if (!transport) throw new LaurelError('BAD_INPUT', "Internal entry point; don't run it directly.", 'Run `laurel --help`.')
  startPulse()
  transport.onClose(() => process.exit())
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole terminal group, but the owner decides what to stop
  return transport
}
