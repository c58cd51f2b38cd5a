import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { onDisk } from '../common/file-identity.ts'
import { runScript } from './command.ts'

const program = onDisk(
  fileURLToPath(new URL(`../engine/backends/self-test${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)),
)

const outcome = z.object({ version: z.string(), device: z.string() })

/** Load the library and compute with it in a separate process. Throws with the reason if that fails. */
export async function selfTest(folder: string): Promise<z.infer<typeof outcome>> {
  return outcome.parse(JSON.parse(await runScript(program, [folder], { timeoutSeconds: 300 })))
}
