import { existsSync } from 'node:fs'
import { filesStamp, modelFingerprint } from '../common/file-identity.ts'
import { badInput, stopped } from '../shared/errors.ts'
import type { RunContext } from './run-context.ts'

/**
 * Checks that a run's models are unchanged before it continues, so that one run's figures never come from two different models. Only files
 * whose stamp changed are hashed, since that takes a while. Missing files are reported by the code that needs them.
 * Throws BAD_INPUT naming the model.
 */
export async function checkUnchanged({ store, runId, stop }: RunContext): Promise<void> {
  for (const { name, path, sha256, filesStamp: known, createdAt } of store.models.ofRun(runId)) {
    if (stop.aborted) throw stopped()
    if (!existsSync(path)) continue
    const stamp = filesStamp(path)
    if (stamp !== '' && stamp === known) continue
    if ((await modelFingerprint(path)) !== sha256) {
      const message = `${name} has changed since this run used it: the files at ${path} were modified after ${createdAt}.`
      throw badInput(message, 'Restore the original files and resume, or start a new run with the changed model.')
    }
    store.models.keepStamp(runId, name, stamp) // moved or copied, but identical
  }
}
