import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { settingsOf } from '../../main/app/evaluations/new-evaluation.ts'
import { homePaths } from '../../main/common/home.ts'
import { newTokenDefaults } from '../../main/shared/evaluation-settings.ts'
import { openStore } from '../../main/store/store.ts'
import { demoHome } from '../support/demo-home.ts'

const { home, runId, remove } = demoHome({ tiny: true })
const store = openStore(homePaths(home).database)
afterAll(() => {
  store.close()
  remove()
})

const file = join(home, 'instructions.json')
writeFileSync(file, JSON.stringify([{ instruction: 'Say a.', output: 'a', generator: 'baseline' }]))
const model = `${runId}/M3`
const judged = { model, against: null, judge: `${runId}/M1`, seed: 1 }

test.each([
  ['mt-bench', { kind: 'mt-bench', ...judged, source: { from: 'shipped' } }],
  ['ifeval', { kind: 'ifeval', model, file, count: 3 }],
] as const)('%s cuts texts off where the form says, or else where its own benchmark does', async (kind, wanted) => {
  const defaults = newTokenDefaults[kind]
  expect((await settingsOf({ home, store }, wanted)).settings).toMatchObject(defaults)
  expect((await settingsOf({ home, store }, { ...wanted, maxNewTokens: 9 })).settings).toMatchObject({ ...defaults, maxNewTokens: 9 })
})

test('MT-Bench’s judge has a limit of its own', async () => {
  const wanted = { kind: 'mt-bench', ...judged, source: { from: 'shipped' }, judgeMaxNewTokens: 7 } as const
  expect((await settingsOf({ home, store }, wanted)).settings).toMatchObject({ maxNewTokens: 1024, judgeMaxNewTokens: 7 })
})

test('AlpacaEval’s answers are cut off where the form says, or else as in a run’s evaluations', async () => {
  const wanted = { kind: 'alpaca-eval', ...judged, file, count: 3 } as const
  expect((await settingsOf({ home, store }, wanted)).settings).toMatchObject({ answering: { max_new_tokens: 512 } })
  expect((await settingsOf({ home, store }, { ...wanted, maxNewTokens: 9 })).settings).toMatchObject({ answering: { max_new_tokens: 9 } })
})
