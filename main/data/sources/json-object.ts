import type { BadJsonLine, JsonLine } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'
import { detectFormat } from '../detect-format.ts'
import { readJsonArray, splitJson } from './json-array.ts'

/** Names that identify the list of rows among several. */
const rowNames = ['rows', 'data', 'examples']

interface Member {
  readonly name: string
  /** Bytes of the value, and the line it starts on. */
  readonly value: Uint8Array
  readonly line: number
}

/** The rows of a document, and what was left out. */
interface ObjectRows {
  readonly rows: JsonLine[]
  readonly bad: BadJsonLine[]
  readonly notes: string[]
}

/**
 * The rows inside a file that is a single JSON object, as some exports wrap them ({"data": [...]}, the viewer's {"rows": [{"row": ...}]}).
 * Undefined if the bytes aren't a single object. Throws BAD_INPUT if the object contains no list of rows, or several.
 */
export function rowsInObject(path: string, bytes: Uint8Array): ObjectRows | undefined {
  const { entries, rest } = splitJson(bytes)
  if (rest !== undefined) return undefined
  const members = entries.flatMap(({ line, start, end }) => memberOf(bytes.subarray(start, end), line) ?? [])
  if (members.length !== entries.length) return undefined
  const refusal = badInput(
    `${path}: a single JSON object instead of a list of rows`,
    'Save its rows as a JSON array or as JSON Lines (one object per line).',
  )
  if (detectFormat([{ line: 1, value: Object.fromEntries(members.map(({ name, value }) => [name, shallow(value)])) }]) !== undefined)
    throw refusal
  const lists = members.filter(({ value }) => isListOfObjects(value))
  const [named] = rowNames.flatMap((name) => lists.filter((member) => member.name.toLowerCase() === name))
  const chosen = lists.length === 1 ? lists[0] : named
  if (chosen === undefined) throw refusal
  const others = members.filter((member) => member !== chosen).map(({ name }) => `"${name}"`)
  return {
    ...readJsonArray(chosen.value, chosen.line),
    notes: [
      `Rows are read from "${chosen.name}".${others.length === 0 ? '' : ` Not used: ${others.slice(0, 10).join(', ')}${others.length > 10 ? ' ...' : ''}.`}`,
    ],
  }
}

/** A member's name and the bytes of its value. */
function memberOf(bytes: Uint8Array, line: number): Member | undefined {
  const found = /^\s*("(?:[^"\\]|\\.){0,1000}")\s*:\s*/.exec(Buffer.from(bytes.subarray(0, 4096)).toString('latin1'))
  if (found === null) return undefined
  try {
    const name: unknown = JSON.parse(Buffer.from(found[1], 'latin1').toString('utf8'))
    const lines = found[0].split('\n').length - 1
    return { name: String(name), value: bytes.subarray(found[0].length), line: line + lines }
  } catch {
    return undefined
  }
}

/** Enough of a value to detect a row's format: small values whole, only the kind of large ones. */
function shallow(value: Uint8Array): unknown {
  const text = Buffer.from(value.subarray(0, 4096)).toString('utf8')
  if (value.length <= 4096) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
  return text.startsWith('[') ? [] : text.startsWith('{') ? {} : text
}

const isListOfObjects = (value: Uint8Array): boolean => /^\[\s*\{/.test(Buffer.from(value.subarray(0, 256)).toString('latin1'))
