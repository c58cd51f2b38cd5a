import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Where the reference numbers, data and models that do not ship with the project lie. */
export const sharedFolder = process.env.LAUREL_FIXTURES ?? join(repository, '..', 'shared')

/** Whether they are here. Where they are not, the tests that need them are skipped, and the runner says so. */
export const hasShared = existsSync(join(sharedFolder, 'fixtures'))

export const sharedFile = (path: string): string => join(sharedFolder, path)
/** Reference numbers that ship with the project. */
export const fixtureFile = (path: string): string => join(repository, 'test/fixtures', path)
export const repositoryFile = (path: string): string => join(repository, path)
