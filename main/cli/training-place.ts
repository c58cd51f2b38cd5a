import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { badInput } from '../common/errors.ts'
import { replaceFile } from '../common/replace-file.ts'
import type { TrainParams } from '../engine/protocol.ts'

/** Where a training's model and checkpoints go. */
export interface TrainingPlace {
  readonly out: string
  readonly checkpoints: string
  /** The model is complete: its checkpoints are no longer needed. */
  clear(): void
  /** The training failed: where it has no checkpoint yet, leave nothing behind, so that the place is free for a corrected one. */
  leave(): void
}

const fingerprintFile = 'training.json'

/**
 * Prepare the place. Checkpoints stand beside the model's folder and carry a fingerprint of model, rows and config, so
 * that a training is never continued with another's.
 * Throws BAD_INPUT where the folder holds something already, or the checkpoints are another training's.
 */
export function prepareTrainingPlace(folder: string, training: Pick<TrainParams, 'task' | 'model' | 'rows' | 'config'>): TrainingPlace {
  const out = resolve(folder)
  const checkpoints = `${out}.checkpoints`
  const file = join(checkpoints, fingerprintFile)
  const fingerprint = fingerprintOf(training)
  const known = existsSync(file) ? readFileSync(file, 'utf8') : null
  // An earlier start of this very training may have been killed between its last write and the tidying up.
  const finished = known === fingerprint && existsSync(join(out, 'config.json'))
  if (!finished) freeFolder(out)
  if (known !== null && known !== fingerprint) {
    throw badInput(`${checkpoints} belongs to another training`, 'Delete that folder, or choose another --out.')
  }
  mkdirSync(checkpoints, { recursive: true })
  if (known === null) replaceFile(file, fingerprint)
  const clear = () => rmSync(checkpoints, { recursive: true, force: true })
  return {
    out,
    checkpoints,
    clear,
    leave() {
      if (readdirSync(checkpoints).every((name) => name === fingerprintFile)) clear()
    },
  }
}

function fingerprintOf({ task, model, rows, config }: Pick<TrainParams, 'task' | 'model' | 'rows' | 'config'>): string {
  const { save_steps: _, gradient_checkpointing: __, ...what } = config // neither changes what is trained, to the bit
  const digest = createHash('sha256')
    .update(JSON.stringify([task, resolve(model), what, rows]))
    .digest('hex')
  return `${JSON.stringify({ task, model: resolve(model), sha256: digest }, null, 2)}\n`
}

/** An empty folder may be taken over; anything else is somebody's. */
function freeFolder(out: string): void {
  if (!existsSync(out)) return
  if (!statSync(out).isDirectory() || readdirSync(out).length > 0) {
    throw badInput(`${out} exists already`, 'Choose another --out, or delete it.')
  }
  rmdirSync(out)
}
