import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { reviewGuidelines } from '../../main/app/review/guidelines.ts'
import { homePaths } from '../../main/common/home.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
withTinyStore((tiny) => {
  home = tiny.home
})

test('guidelines are a Markdown file in the data folder, which may also be written elsewhere', () => {
  const guidelines = reviewGuidelines(home)
  expect(guidelines.read()).toBe('')
  guidelines.write('# Better\n\n- correct\n\n')
  expect(guidelines.read()).toBe('# Better\n\n- correct\n')
  writeFileSync(homePaths(home).reviewGuidelines, 'From an editor')
  expect(reviewGuidelines(home).read()).toBe('From an editor')
})

test('empty guidelines leave no file', () => {
  const guidelines = reviewGuidelines(home)
  guidelines.write('x')
  guidelines.write(' \n')
  expect([guidelines.read(), existsSync(homePaths(home).reviewGuidelines)]).toEqual(['', false])
  guidelines.write('')
})
