import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { badInput } from '../common/errors.ts'
import { replaceFile } from '../common/replace-file.ts'
import type { TrainParams } from '../engine/protocol.ts'
import { type Precision, precision as precisionSchema } from '../engine/train-config.ts'

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
const fingerprint = z.object({ sha256: z.string(), precision: precisionSchema.optional() })

/** What a training that was interrupted computes in, for whoever goes on with it; undefined: none has begun there. */
export const begunPrecision = (folder: string): Precision | undefined =>
  known(join(`${resolve(folder)}.checkpoints`, fingerprintFile))?.precision

/**
 * Prepare the place. Checkpoints stand beside the model's folder and carry a fingerprint of model, rows and config, so
 * that a training is never continued with another's.
 * Throws BAD_INPUT where the folder holds something already, or the checkpoints are another training's.
 */
export function prepareTrainingPlace(folder: string, training: Training): TrainingPlace {
  const out = resolve(folder)
  const checkpoints = `${out}.checkpoints`
  const file = join(checkpoints, fingerprintFile)
  const begun = existsSync(file)
  const isSame = begun && known(file)?.sha256 === digestOf(training)
  // An earlier start of this very training may have been killed between its last write and the tidying up.
  const finished = isSame && existsSync(join(out, 'config.json'))
  if (!finished) freeFolder(out)
  if (begun && !isSame) {
    throw badInput(`${checkpoints} belongs to another training`, 'Delete that folder, or choose another --out.')
  }
  mkdirSync(checkpoints, { recursive: true })
  if (!begun) replaceFile(file, describe(training))
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

type Training = Pick<TrainParams, 'task' | 'model' | 'rows' | 'config'>

function digestOf({ task, model, rows, config }: Training): string {
  const { save_steps: _, gradient_checkpointing: __, ...what } = config // neither changes what is trained, to the bit
  return createHash('sha256')
    .update(JSON.stringify([task, resolve(model), what, rows]))
    .digest('hex')
}

function describe(training: Training): string {
  const { task, model, config } = training
  const described = { task, model: resolve(model), precision: config.precision, sha256: digestOf(training) }
  return `${JSON.stringify(described, null, 2)}\n`
}

/** Undefined where the file is missing or damaged. */
function known(file: string): z.infer<typeof fingerprint> | undefined {
  try {
    return fingerprint.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** An empty folder may be taken over; anything else is somebody's. */
function freeFolder(out: string): void {
  if (!existsSync(out)) return
  if (!statSync(out).isDirectory() || readdirSync(out).length > 0) {
    throw badInput(`${out} exists already`, 'Choose another --out, or delete it.')
  }
  rmdirSync(out)
}
