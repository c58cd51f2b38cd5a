import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import { LaurelError, toErrorValue } from '../../main/shared/errors.ts'
import { temporaryFiles } from '../data/temporary-files.ts'
import { fuzz, fuzzTimeout } from '../support/fuzz.ts'

const { write } = temporaryFiles()
const files = ['tasks.arrow', 'pairs-uncompressed.feather', 'pairs-zstd.feather'].map((name) =>
  readFileSync(join(import.meta.dirname, '..', 'data', 'files', name)),
)

/** Values that lengths and distances break with, besides any. */
const byte = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.integer({ min: 0, max: 255 }))

/** An Arrow file with up to four runs of changed bytes, of which some are cut off. */
const damaged = fc
  .tuple(
    fc.constantFrom(...files),
    fc.array(fc.tuple(fc.nat(), fc.array(byte, { minLength: 1, maxLength: 8 })), { maxLength: 4 }),
    fc.option(fc.nat(), { freq: 4, nil: undefined }),
  )
  .map(([file, changes, end]) => {
    const bytes = Uint8Array.from(file)
    for (const [at, values] of changes) for (const [i, value] of values.entries()) bytes[(at + i) % bytes.length] = value
    return end === undefined ? bytes : bytes.subarray(0, end % bytes.length)
  })

test(
  'a damaged Arrow file ends with rows or with one error that names it',
  async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (bytes) => {
        const path = write(bytes, '.arrow')
        const found = await importFile(path).catch((error: unknown) => error)
        if (!(found instanceof Error)) return
        expect(found).toBeInstanceOf(LaurelError)
        const { code, message, remedy } = toErrorValue(found)
        expect({ code, isClear: message.includes(path) && !message.includes('\n') && remedy !== '' }).toEqual({
          code: 'BAD_INPUT',
          isClear: true,
        })
      }),
      fuzz(300),
    )
  },
  fuzzTimeout,
)
