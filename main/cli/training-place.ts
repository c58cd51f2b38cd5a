import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { readStored } from '../common/json-document.ts'
import { replaceFile } from '../common/replace-file.ts'
import type { TrainParams } from '../shared/engine-protocol.ts'
import { badInput } from '../shared/errors.ts'
import { type RandomGeneratorName, randomGenerator } from '../shared/random-generator.ts'
import { fingerprintedSettings, type Precision, precision as precisionSchema } from '../shared/train-config.ts'

/** The output folders of a training. */
export interface TrainingPlace {
  readonly out: string
  readonly checkpoints: string
  /** Removes the checkpoints once the model is complete. */
  clear(): void
  /** After a failure without any checkpoint: removes everything, so that a corrected training can use the same folder. */
  leave(): void
}

/** What a config may leave open. An earlier version, which stored none of it, had `murmur` and didn't freeze. */
interface Started {
  readonly precision?: Precision
  readonly random: RandomGeneratorName
  readonly freezePadding: boolean
}

const fingerprintFile = 'training.json'
/** The choice of a checkpoint: what was compared. */
export const choiceFile = 'choice.json'
const fingerprint = z.object({
  sha256: z.string(),
  precision: precisionSchema.optional(),
  random: randomGenerator.default('murmur'),
  freezePadding: z.boolean().default(false),
})

/** What an interrupted training must keep when it resumes; undefined if none was started there. */
export const startedWith = (folder: string): Started | undefined =>
  readStored(join(`${resolve(folder)}.checkpoints`, fingerprintFile), fingerprint)

/**
 * Prepares the folders. Checkpoints are stored next to the model's folder, with a fingerprint of model, rows, and config, so that a training
 * never resumes from another one's checkpoints. Throws BAD_INPUT if the folder isn't empty or the checkpoints belong to another training.
 */
export function prepareTrainingPlace(folder: string, training: Training): TrainingPlace {
  const out = resolve(folder)
  const checkpoints = `${out}.checkpoints`
  const file = join(checkpoints, fingerprintFile)
  const isStarted = existsSync(file)
  const isSame = isStarted && readStored(file, fingerprint)?.sha256 === digestOf(training)
  // An earlier attempt may have been killed after saving the model and before removing the checkpoints.
  const finished = isSame && existsSync(join(out, 'config.json'))
  if (!finished) freeFolder(out)
  if (isStarted && !isSame) {
    throw badInput(`${checkpoints} belongs to another training`, 'Delete that folder, or choose another --out.')
  }
  mkdirSync(checkpoints, { recursive: true })
  if (!isStarted) replaceFile(file, describe(training))
  const clear = () => rmSync(checkpoints, { recursive: true, force: true })
  return {
    out,
    checkpoints,
    clear,
    leave() {
      if (readdirSync(checkpoints).every((name) => name === fingerprintFile || name === choiceFile)) clear()
    },
  }
}

interface Training extends Pick<TrainParams, 'task' | 'model' | 'rows' | 'config'> {
  /** How a checkpoint is chosen; missing: the last model is kept. */
  readonly choice?: object
}

function digestOf({ task, model, rows, config, choice }: Training): string {
  const { save_steps: _, gradient_checkpointing: __, ...settings } = config // these two don't change a bit of the result
  return createHash('sha256')
    .update(JSON.stringify([task, resolve(model), fingerprintedSettings(settings), rows, ...(choice === undefined ? [] : [choice])]))
    .digest('hex')
}

function describe(training: Training): string {
  const { task, model, config } = training
  const { precision, random, freeze_padding: freezePadding } = config
  const described = { task, model: resolve(model), precision, random, freezePadding, sha256: digestOf(training) }
  return `${JSON.stringify(described, null, 2)}\n`
}

/** Removes an empty folder; throws BAD_INPUT for anything else, which may be a user's data. */
function freeFolder(out: string): void {
  if (!existsSync(out)) return
  if (!statSync(out).isDirectory() || readdirSync(out).length > 0) {
    throw badInput(`${out} already exists`, 'Choose another --out, or delete it.')
  }
  rmdirSync(out)
}
