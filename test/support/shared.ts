import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** The folder of reference numbers, data, and models that don't ship with the project. */
export const sharedFolder = process.env.LAUREL_FIXTURES ?? join(repository, '..', 'shared')

/** Whether they are available. If not, the tests that need them are skipped, and the runner reports that. */
export const hasShared = existsSync(join(sharedFolder, 'fixtures'))

export const sharedFile = (path: string): string => join(sharedFolder, path)
/** Reference numbers that ship with the project. */
export const fixtureFile = (path: string): string => join(repository, 'test/fixtures', path)
export const repositoryFile = (path: string): string => join(repository, path)
