import { make, nested, step, TemplateError } from './budget.ts'
import { isTrue } from './compare.ts'
import { bind, textArgument } from './macro.ts'
import { type Args, isDict, iterate, PythonFloat, SafeText, Tuple, typeName, type Value } from './values.ts'
import { floatText } from './written.ts'

interface Style {
  readonly isAscii: boolean
  readonly indent: string | null
  readonly between: string
  readonly colon: string
  readonly isSorted: boolean
}

/** transformers' `tojson`: Python's `json.dumps` without `ensure_ascii`. No HTML escapes; a space after commas and colons. */
export function toJson(value: Value, args: Args): string {
  const [ascii, indent = null, separators = null, sorted] = bind('tojson', args, ['ensure_ascii', 'indent', 'separators', 'sort_keys'])
  const step = indentOf(indent)
  const [between, colon] =
    separators === null ? [step === null ? ', ' : ',', ': '] : iterate(separators).map((s) => textArgument('tojson', s))
  const style = {
    isAscii: ascii !== undefined && isTrue(ascii),
    indent: step,
    between,
    colon,
    isSorted: sorted !== undefined && isTrue(sorted),
  }
  const text = dump(value, style, '\n')
  make(text.length)
  return text
}

function indentOf(indent: Value): string | null {
  if (indent === null) return null
  if (typeof indent === 'string') return indent
  if (typeof indent === 'number') {
    make(Math.max(0, indent))
    return ' '.repeat(Math.max(0, indent))
  }
  throw new TemplateError(`tojson() indent can't be ${typeName(indent)}`)
}

function dump(value: Value, style: Style, line: string): string {
  step()
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return jsonText(value, style.isAscii)
  if (value instanceof SafeText) return jsonText(value.text, style.isAscii)
  if (value instanceof PythonFloat) return floatText(value.value).replace('inf', 'Infinity').replace('nan', 'NaN')
  const inner = style.indent === null ? '' : line + style.indent
  make(inner.length)
  const within = (work: () => string[]): string[] => nested(work)
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = within(() => iterate(value).map((item) => dump(item, style, inner)))
    return enclosed('[', items, ']', style, line, inner)
  }
  if (!isDict(value)) throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable`)
  const entries = style.isSorted ? [...value].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)) : [...value]
  const pairs = within(() =>
    entries.map(([key, item]) => `${jsonText(String(key), style.isAscii)}${style.colon}${dump(item, style, inner)}`),
  )
  return enclosed('{', pairs, '}', style, line, inner)
}

const enclosed = (open: string, items: readonly string[], close: string, style: Style, line: string, inner: string): string =>
  style.indent === null || items.length === 0
    ? open + items.join(style.between) + close
    : open + inner + items.join(style.between + inner) + line + close

/** A JSON string as Python writes it: like JavaScript's except for lone surrogates. */
function jsonText(text: string, isAscii: boolean): string {
  const quoted = JSON.stringify(text).replaceAll(
    /(?<!\\)((?:\\\\)*)\\u(d[89a-f][\da-f]{2})/g,
    (_, before: string, code: string) => before + (isAscii ? `\\u${code}` : String.fromCharCode(Number.parseInt(code, 16))),
  )
  return isAscii ? quoted.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : quoted
}
