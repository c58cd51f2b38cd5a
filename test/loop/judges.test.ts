import { describe, expect, test } from 'vitest'
import { samplesOf } from '../../main/loop/judges/judge-work.ts'
import { judges } from '../../main/loop/judges/judges.ts'
import { averagingMethods, type JudgeMethod, judgeRecipe } from '../../main/shared/recipe.ts'
import { judgeWords } from '../../renderer/components/judge-words.ts'

const methods = Object.keys(judges) as JudgeMethod[]
const recipe = (method: JudgeMethod) => judgeRecipe.parse({ method, samples: 3, max_new_tokens: 100 })

describe.each(methods)('%s', (method) => {
  test('judges an answer as often as the recipe says if it averages, and once otherwise', () => {
    expect(samplesOf(recipe(method))).toBe(averagingMethods.includes(method) ? 3 : 1)
  })

  test('is offered in the window', () => {
    expect(Object.keys(judgeWords)).toContain(method)
  })
})

test('every averaging method exists', () => {
  for (const method of averagingMethods) expect(methods).toContain(method)
})

test.each<[JudgeMethod, object[]]>([
  ['additive', [{ texts: 30, promptTokens: 20, newTokens: 50 }]],
  ['expected', [{ texts: 10, promptTokens: 60, newTokens: 1 }]],
  [
    'ticks',
    [
      { texts: 10, promptTokens: 60, newTokens: 100 },
      { texts: 10, promptTokens: 160, newTokens: 0 },
    ],
  ],
  ['yes', [{ texts: 10, promptTokens: 60, newTokens: 1 }]],
  [
    'checklist',
    [
      { texts: 2.5, promptTokens: 60, newTokens: 50 },
      { texts: 50, promptTokens: 60 / 5 + 30, newTokens: 1 },
    ],
  ],
  ['pairwise', [{ texts: 30, promptTokens: 120, newTokens: 1 }]],
  ['contrast', [{ texts: 20, promptTokens: 60, newTokens: 0 }]],
  ['implicit', [{ texts: 20, promptTokens: 60, newTokens: 0 }]],
  ['verifier', []],
  ['majority', []],
  ['length', []],
  ['random', []],
])('the duration of %s is estimated from its requests', (method, requests) => {
  const answers = { texts: 10, perPrompt: 4, readTokens: 60, usedShare: 0.5, requirements: null }
  expect(judges[method].requests(recipe(method), answers)).toEqual(requests)
})

test('a checklist that comes with the prompt needs no writing', () => {
  const answers = { texts: 10, perPrompt: 4, readTokens: 60, usedShare: 0.5, requirements: 2 }
  expect(judges.checklist.requests(recipe('checklist'), answers)).toEqual([{ texts: 20, promptTokens: 60, newTokens: 1 }])
})
