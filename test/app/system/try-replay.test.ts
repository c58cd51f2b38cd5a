import { expect, test } from 'vitest'
import { replayText, tryReplay } from '../../../main/app/system/try-replay.ts'
import { homeFolder } from '../../../main/common/home.ts'
import { findRuntime } from '../../../main/runtimes/find.ts'
import { functionLibrary, needing } from '../../support/needs.ts'

test('the trial is one line, which recommends XLA only where it is faster', () => {
  expect(replayText({ none: 1.234, function: 0.5, xla: 0.25 })).toBe(
    'a training step takes 1.2 s operation by operation, 0.50 s as functions, 0.25 s with XLA. XLA is faster: set LAUREL_REPLAY=xla, for whole runs only',
  )
  expect(replayText({ none: 1, function: 0.5, xla: 0.75 })).toMatch(/0\.75 s with XLA$/)
  expect(replayText({ none: 1, function: null, xla: null })).toBe(
    'a training step takes 1.0 s operation by operation, not possible as functions, not possible with XLA',
  )
})

needing(functionLibrary).test('times the pack of this machine each way, in a process of its own', async () => {
  const { none, function: functions, xla } = await tryReplay(findRuntime(homeFolder())!.folder, 'float32', 8)
  for (const seconds of [none, functions, xla]) expect(seconds).toBeGreaterThan(0)
})
