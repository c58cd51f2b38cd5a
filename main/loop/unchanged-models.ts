import { existsSync } from 'node:fs'
import { badInput, stopped } from '../common/errors.ts'
import { filesStamp } from '../common/files-stamp.ts'
import { modelFingerprint } from '../common/fingerprint.ts'
import type { RunContext } from './context.ts'

/**
 * Make sure that the models of a run are still those that it has used, before it goes on with them: figures of one run are never of two models. Only
 * files whose stamp differs from the stored one are read, since that takes a while. One that is gone is the business of what needs it.
 * Throws BAD_INPUT naming the model.
 */
export async function checkUnchanged({ store, runId, stop }: RunContext): Promise<void> {
  for (const { name, path, sha256, filesStamp: known, createdAt } of store.models.ofRun(runId)) {
    if (stop.aborted) throw stopped()
    if (!existsSync(path)) continue
    const stamp = filesStamp(path)
    if (stamp !== '' && stamp === known) continue
    if ((await modelFingerprint(path)) !== sha256) {
      const message = `${name} is no longer the model that this run has used: the files at ${path} have changed since ${createdAt}.`
      throw badInput(message, 'Put the original files back and resume, or start a new run with the changed model.')
    }
    store.models.keepStamp(runId, name, stamp) // moved or copied, and the same
  }
}
