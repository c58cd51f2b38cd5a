import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readTrainConfig } from '../../main/cli/commands/train-command.ts'
import { stepLog } from '../../main/cli/progress.ts'
import { prepareTrainingPlace, startedWith } from '../../main/cli/training-place.ts'
import { trainConfig } from '../../main/shared/train-config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-training-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const training = { task: 'sft' as const, model: 'm', rows: [{ prompt: 'a', completion: 'b' }], config: trainConfig.parse({}) }
const out = () => join(folder, 'out')

test('a training resumes from its own checkpoints and refuses those of another', () => {
  const { checkpoints } = prepareTrainingPlace(out(), training)
  expect(checkpoints).toBe(`${out()}.checkpoints`)
  prepareTrainingPlace(out(), { ...training, config: { ...training.config, save_steps: 1 } })
  expect(() => prepareTrainingPlace(out(), { ...training, config: { ...training.config, seed: 1 } })).toThrow(/another training/)
  expect(() => prepareTrainingPlace(out(), { ...training, rows: [] })).toThrow(/another training/)
})

test('an interrupted training with automatic precision keeps its precision', () => {
  expect(startedWith(out())).toBeUndefined()
  const started = { ...training, config: { ...training.config, precision: 'bfloat16' as const, freeze_padding: true } }
  const { checkpoints } = prepareTrainingPlace(out(), started)
  expect(startedWith(out())).toEqual({ precision: 'bfloat16', random: 'philox', freezePadding: true, sha256: expect.any(String) })
  expect(() => prepareTrainingPlace(out(), training)).toThrow(/another training/)
  prepareTrainingPlace(out(), started)
  writeFileSync(join(checkpoints, 'training.json'), '{')
  expect(() => prepareTrainingPlace(out(), started)).toThrow(/another training/)
})

test('a training that was started before there was a choice of generators keeps its own', () => {
  const { random: _, ...config } = training.config
  const sha256 = createHash('sha256')
  const { save_steps: __, gradient_checkpointing: ___, loss_weights, label_smoothing, discopop_tau, freeze_padding, ...what } = config
  expect([loss_weights, label_smoothing, discopop_tau, freeze_padding]).toEqual([null, 0, 0.05, false]) // there were none of these
  sha256.update(JSON.stringify([training.task, resolve(training.model), what, training.rows]))
  mkdirSync(`${out()}.checkpoints`)
  writeFileSync(join(`${out()}.checkpoints`, 'training.json'), JSON.stringify({ precision: 'float32', sha256: sha256.digest('hex') }))
  expect(startedWith(out())).toMatchObject({ random: 'murmur', freezePadding: false })
  prepareTrainingPlace(out(), { ...training, config: { ...training.config, random: 'murmur' } })
  expect(() => prepareTrainingPlace(out(), training)).toThrow(/another training/)
})

test('a setting of a loss, or a frozen padding token, makes it another training', () => {
  prepareTrainingPlace(out(), training)
  for (const changes of [{ loss_weights: [1] }, { label_smoothing: 0.1 }, { discopop_tau: 0.1 }, { freeze_padding: true }]) {
    expect(() => prepareTrainingPlace(out(), { ...training, config: { ...training.config, ...changes } })).toThrow(/another training/)
  }
})

test('a config file has one loss or a list of them, and settings that these have', () => {
  const path = join(folder, 'config.json')
  const read = (config: object) => {
    writeFileSync(path, JSON.stringify(config))
    return readTrainConfig({ config: path })
  }
  expect(read({ loss_type: ['sigmoid', 'sft'], loss_weights: [1, 0.5] })).toMatchObject({ loss_type: ['sigmoid', 'sft'] })
  expect(read({ loss_type: 'robust', label_smoothing: 0.1 }).label_smoothing).toBe(0.1)
  expect(() => read({ loss_type: 'exo_pair' })).toThrow(`${path}: label_smoothing: Must be more than 0 with the loss exo_pair`)
  expect(() => read({ loss_type: 'apo' })).toThrow(`${path}: loss_type: Must be one of sigmoid,`)
})

test('an empty folder is accepted, a non-empty one isn’t', () => {
  mkdirSync(out())
  prepareTrainingPlace(out(), training)
  expect(existsSync(out())).toBe(false)
  mkdirSync(out())
  writeFileSync(join(out(), 'notes.txt'), '')
  expect(() => prepareTrainingPlace(out(), training)).toThrow(/already exists/)
})

test('a training that was killed between saving the model and removing the checkpoints can be started again', () => {
  const place = prepareTrainingPlace(out(), training)
  mkdirSync(out())
  writeFileSync(join(out(), 'config.json'), '{}')
  prepareTrainingPlace(out(), training).clear()
  expect(existsSync(place.checkpoints)).toBe(false)
  expect(() => prepareTrainingPlace(out(), training)).toThrow(/already exists/)
})

test('a training that fails before its first checkpoint leaves nothing behind; after that, it leaves its checkpoints', () => {
  const place = prepareTrainingPlace(out(), training)
  place.leave()
  const corrected = prepareTrainingPlace(out(), { ...training, model: 'n' })
  mkdirSync(join(corrected.checkpoints, 'step-1'))
  corrected.leave()
  expect(existsSync(join(corrected.checkpoints, 'step-1'))).toBe(true)
})

test('a log row has the step, its seconds, the standard columns in order, then the rest', () => {
  const path = join(folder, 'log.jsonl')
  const log = stepLog(path, 'sft')
  log.begin()
  log.append(1, { nll: 1, entropy: 0, loss: 2, seconds: 3 })
  expect(readFileSync(path, 'utf8')).toBe('{"step":1,"seconds":3,"loss":2,"entropy":0,"nll":1}\n')
})

test('a training that starts or resumes clears its log, because all steps are reported again', () => {
  const path = join(folder, 'log.jsonl')
  writeFileSync(path, 'of another time\n{"step":4,"sec')
  stepLog(path, 'dpo').begin()
  expect(readFileSync(path, 'utf8')).toBe('')
})
