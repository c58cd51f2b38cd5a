import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { noticesOf } from '../../../main/app/system/make-notices.ts'
import { notices } from '../../../main/app/system/notices.ts'
import { repositoryFile } from '../../support/shared.ts'

test('the notices match the lock file: run `node main/app/system/make-notices.ts` after changing packages', () => {
  const lock: unknown = JSON.parse(readFileSync(repositoryFile('package-lock.json'), 'utf8'))
  const all = notices()
  expect(all).toEqual(noticesOf(lock))
  expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['react', 'electron', 'better-sqlite3', '@tensorflow/tfjs-core']))
  expect(all.map(({ name }) => name)).not.toContain('vitest')
})
