import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTrainConfig } from '../../main/cli/commands/train-command.ts'
import { pastedPath } from '../../main/common/pasted-path.ts'
import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
import { checkRecipe } from '../../main/loop/recipe/recipe-problems.ts'
import { toErrorValue } from '../../main/shared/errors.ts'
import { temporaryFiles } from '../data/temporary-files.ts'
import { fuzz, fuzzTimeout } from '../support/fuzz.ts'

const { write } = temporaryFiles()

const recipe = JSON.parse(readFileSync(recipeFile('demo'), 'utf8')) as Record<string, unknown>
const config = { learning_rate: 1e-5, batch_size: 4, epochs: 1, lora: { rank: 8 } }

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, '', ' ', 0, -1, Number.MAX_VALUE, true, [], {}, 'demo:x', '/', 'a/b', '\u0000', '"/x"', 'file:///x'),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Every key of a document, including nested ones, and some that it doesn't have. */
const keysOf = (document: Record<string, unknown>): string[] => [
  ...Object.entries(document).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [key, ...Object.keys(value).map((inner) => `${key}.${inner}`)]
      : [key],
  ),
  ...['__proto__', 'constructor', 'seed_data.ift', 'version'],
]

function put(document: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  const [first, second] = key.split('.')
  if (second === undefined) return { ...document, [first]: value }
  const group = document[first]
  return { ...document, [first]: { ...(typeof group === 'object' ? group : {}), [second]: value } }
}

const changed = (document: Record<string, unknown>) =>
  fc
    .array(fc.tuple(fc.constantFrom(...keysOf(document)), odd), { maxLength: 3 })
    .map((changes) => changes.reduce((made, [key, value]) => put(made, key, value), document))

/** A document as a file: intact, truncated, or with an insertion, possibly with Windows line endings. */
const fileOf = (document: Record<string, unknown>) =>
  fc
    .tuple(changed(document), fc.nat(), fc.boolean(), fc.constantFrom('', '\ufeff', '"', '\u0000', ','))
    .map(([made, end, isCut, piece]) => {
      const text = `${piece}${JSON.stringify(made, null, 2).replaceAll('\n', '\r\n')}`
      return isCut ? text.slice(0, end % (text.length + 1)) : text
    })

const isRefused = (read: () => unknown): boolean => {
  try {
    read()
    return true
  } catch (error) {
    const { code, message } = toErrorValue(error)
    expect(message).not.toContain('\n')
    return ['BAD_INPUT', 'NOT_FOUND', 'UNSUPPORTED'].includes(code)
  }
}

test(
  'any recipe file is read, or rejected in one line',
  () => {
    fc.assert(
      fc.property(fileOf(recipe), (text) => isRefused(() => loadRecipe(write(text, '.json')))),
      fuzz(200),
    )
  },
  fuzzTimeout,
)

test(
  'any document can be checked as a recipe, and each problem has a message',
  () => {
    fc.assert(
      fc.property(fc.oneof(changed(recipe), odd), (document) =>
        checkRecipe(document).problems.every(({ message, remedy }) => message !== '' && remedy !== ''),
      ),
      fuzz(200),
    )
  },
  fuzzTimeout,
)

test(
  'any training config is read, or rejected in one line',
  () => {
    fc.assert(
      fc.property(fileOf(config), (text) => isRefused(() => readTrainConfig({ config: write(text, '.json') }))),
      fuzz(200),
    )
  },
  fuzzTimeout,
)

test(
  'any text can be made a path',
  () => {
    const pieces = fc.constantFrom('"', "'", '\\', ' ', '~', 'file://', '%', '/', 'a', '\n', '&', '\u0000', '“', '”', 'C:')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (some) => typeof pastedPath(some.join('')) === 'string'),
      fuzz(1000),
    )
  },
  fuzzTimeout,
)
