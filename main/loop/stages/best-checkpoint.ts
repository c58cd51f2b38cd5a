import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TrainParams } from '../../shared/engine-protocol.ts'

/** A checkpoint's model. */
export interface Checkpoint {
  readonly step: number
  readonly path: string
}

/** What a comparison says of the later checkpoint. */
type ChoiceOutcome = 'kept' | 'lost'

/** A training whose checkpoints are compared. */
export interface ChosenTraining {
  /** Steps from one checkpoint to the next. */
  readonly every: number
  /** The training stops after so many checkpoints in a row that lost. */
  readonly patience: number
  /** Where the checkpoints are that may be kept. */
  readonly folder: string
  /** Continues the training and saves the model at the pause, or to `last` if the training ends before. */
  readonly trainTo: (pause: NonNullable<TrainParams['pause']>, last: string) => Promise<void>
  /** Steps of the whole training (null: not known yet), and those whose metrics are stored. */
  readonly progress: () => { readonly steps: number | null; readonly done: number }
  /** The outcome of a comparison that is stored. */
  readonly known: (step: number, best: number) => ChoiceOutcome | undefined
  /** Whether a later checkpoint was compared with this one, which then isn't needed for a decision. */
  readonly wasCompared: (step: number) => boolean
  /** Compares a checkpoint with the best one before it, and stores the outcome. 'ended': the user ended the training meanwhile. */
  readonly compare: (later: Checkpoint, best: Checkpoint) => Promise<ChoiceOutcome | 'ended'>
  /** Whether the user has ended the training, which then keeps the best model so far. */
  readonly isEnded: () => boolean
  /** The engine trained to the end instead of pausing, so the last model is kept. */
  readonly onNoPause: () => void
  /** Has the engine close a model's files: on Windows, open ones can't be moved or removed. */
  readonly unload: (model: string) => Promise<void>
}

/**
 * Trains a model and leaves its best checkpoint in `out` (paper, section 3.1.3). Every n steps and at the end, the checkpoint is compared with the
 * best one before it: the previous one, unless that has lost. After `patience` losses in a row the training stops. Comparisons are stored, so
 * a resumed training goes the same way.
 */
export async function trainToBest(training: ChosenTraining, out: string): Promise<void> {
  const { every, patience } = training
  const files = candidateFiles(training)
  const keep = async (checkpoint: string): Promise<void> => {
    await training.unload(checkpoint)
    mkdirSync(dirname(out), { recursive: true })
    renameSync(checkpoint, out)
  }
  let best: number | null = null
  let losses = 0
  for (let at = every; losses < patience; at += every) {
    const before: number | null = best
    const known = before === null ? undefined : training.known(files.stepAt(at), before)
    const isNeeded = before !== null || !training.wasCompared(files.stepAt(at))
    if (known === undefined && isNeeded) await files.reach(at)
    const step = files.stepAt(at)
    if (training.isEnded()) return keep(files.newest(before, step))
    if (known === undefined && files.wentOn(step)) {
      training.onNoPause()
      return keep(files.newest(null, step))
    }
    const outcome = before === null ? 'kept' : (known ?? (await training.compare(files.at(step), files.at(before))))
    if (outcome === 'ended') return keep(files.newest(before, step))
    if (outcome === 'lost') losses++
    else [best, losses] = [step, 0]
    await files.dropAllBut(best, [before, step])
    if (files.isEnd(step)) break
  }
  await keep(files.pathOf(best!))
}

/** The folders of checkpoints that may be kept. */
function candidateFiles({ folder, trainTo, progress, unload }: ChosenTraining) {
  const last = join(folder, 'last')
  const isEnd = (step: number): boolean => step >= (progress().steps ?? Number.POSITIVE_INFINITY)
  const folderAt = (step: number): string => join(folder, `step-${String(step).padStart(6, '0')}`)
  const pathOf = (step: number): string => (isEnd(step) ? last : folderAt(step))
  return {
    isEnd,
    pathOf,
    at: (step: number): Checkpoint => ({ step, path: pathOf(step) }),
    /** What a training that is ended early keeps: the best checkpoint, or else what there is. */
    newest: (best: number | null, step: number): string => (best !== null ? pathOf(best) : existsSync(last) ? last : pathOf(step)),
    /** Whether the training ended although it was to pause at a step. */
    wentOn: (step: number): boolean => existsSync(last) && !isEnd(step) && !existsSync(folderAt(step)),
    /** The step that is reached by training to `at`. */
    stepAt: (at: number): number => Math.min(at, progress().steps ?? at),
    /** Has the model after `at` steps, or the last one. A training whose metrics are behind reports them again. */
    async reach(at: number): Promise<void> {
      const step = Math.min(at, progress().steps ?? at)
      if (existsSync(pathOf(step)) && progress().done >= step) return
      await trainTo({ at, model: folderAt(at) }, last)
    },
    async dropAllBut(best: number | null, steps: readonly (number | null)[]): Promise<void> {
      const dropped = steps.flatMap((step) => (step === null || step === best ? [] : pathOf(step)))
      for (const path of dropped.filter((path) => existsSync(path))) {
        await unload(path)
        rmSync(path, { recursive: true, force: true })
      }
    },
  }
}
