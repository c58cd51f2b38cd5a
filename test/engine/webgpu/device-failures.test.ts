import { afterEach, expect, test } from 'vitest'
import type { Engine } from '../../../main/engine/hosts/engine.ts'
import { startEngineProcess } from '../../../main/engine/hosts/local-process.ts'
import { withMemoryRemedy } from '../../../main/engine/process/memory-remedy.ts'
import { LaurelError } from '../../../main/shared/errors.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { repositoryFile } from '../../support/shared.ts'
import { swiftShader } from '../../support/software-adapter.ts'

const { test: onAdapter } = needing(softwareAdapter)
const open: Engine[] = []

async function start(): Promise<Engine> {
  process.env.VK_ICD_FILENAMES = swiftShader
  const engine = await startEngineProcess(repositoryFile('test/support/failing-gpu-engine.ts'), [])
  open.push(engine)
  return engine
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()))
})

onAdapter('work on a device without errors ends as usual', async () => {
  const engine = await start()
  expect(await engine.info()).toMatchObject({ backend: 'webgpu', device: expect.stringContaining('swiftshader') })
  expect(await engine.load('m')).toMatchObject({ path: 'm' })
})

onAdapter.each([
  ['over-limit', 'ENGINE_LOST', /WebGPU on swiftshader.* refused a command: .*2147483648.* exceeds/, /Resume.*new engine process/],
  ['destroyed', 'ENGINE_LOST', /WebGPU lost the device swiftshader.*destroyed/, /Resume.*new engine process/],
  ['unanswered', 'ENGINE_LOST', /WebGPU lost the device swiftshader.*destroyed/, /Resume.*new engine process/],
  ['out-of-memory', 'OUT_OF_MEMORY', /swiftshader.* is out of memory: Laurel's tensors took .*Buffer allocation failed/, /smaller model/],
])('an error of the device (%s) fails the work that it falls into, and the process ends', async (fault, code, message, remedy) => {
  const engine = await start()
  const [failed, waiting] = await Promise.allSettled([engine.load(fault), engine.load('m')])
  const error = { code, message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) }
  expect(failed).toMatchObject({ status: 'rejected', reason: error })
  expect(waiting).toMatchObject({ status: 'rejected', reason: { code, message: expect.stringMatching(message) } })
  await expect.poll(() => engine.usage().catch((gone: LaurelError) => gone)).toMatchObject({ code: 'ENGINE_LOST' })
  await expect(engine.load('m')).rejects.toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('swiftshader') })
  expect(await (await start()).load('m')).toMatchObject({ path: 'm' }) // as a resumed run does
})

const full = new LaurelError('OUT_OF_MEMORY', 'full', 'Use a smaller batch.')
const remedyOf = (method: string, params: unknown): string => (withMemoryRemedy(full, { method, params } as never) as LaurelError).remedy

test('running out of memory names the values to lower, as they are now, with or without a recipe', () => {
  expect(remedyOf('generate', { batch: 64, sampling: { maxNewTokens: 512 } })).toBe(
    'Lower max_new_tokens (now 512), or the batch (now 64) where it can be set.',
  )
  expect(remedyOf('generate', { batch: 1, sampling: { maxNewTokens: 512 } })).toBe('Lower max_new_tokens (now 512), or shorten the prompt.')
  const train = (changes: object) =>
    remedyOf('train', { config: { max_length: 2048, gradient_checkpointing: false, lora: null, ...changes } })
  expect(train({})).toBe("Lower the training's max_length (now 2048), or set its gradient_checkpointing to true, or train adapters (lora).")
  expect(train({ gradient_checkpointing: true, lora: {} })).toBe("Lower the training's max_length (now 2048).")
  expect(remedyOf('score', {})).toMatch(/Shorten the texts.*In a recipe.*max_new_tokens/)
  expect(remedyOf('load', {})).toContain('smaller model')
})

test.each([
  'OOM when allocating tensor with shape[512,49152] on /device:GPU:0',
  'CUDA_ERROR_OUT_OF_MEMORY: out of memory',
  'RESOURCE_EXHAUSTED: failed to allocate memory',
  'std::bad_alloc',
])('“%s” is running out of memory', (text) => {
  const request = { method: 'generate', params: { batch: 8, sampling: { maxNewTokens: 16 } } }
  expect(withMemoryRemedy(new Error(text), request as never)).toMatchObject({
    code: 'OUT_OF_MEMORY',
    message: expect.stringContaining(text),
    remedy: expect.stringContaining('batch (now 8)'),
  })
})

test('other errors keep their remedies', () => {
  const other = new LaurelError('BAD_INPUT', 'a bad row', 'Fix it.')
  expect(withMemoryRemedy(other, { method: 'generate', params: {} } as never)).toBe(other)
})
