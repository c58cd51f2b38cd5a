import { TemplateError } from './template-error.ts'

const simple: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07', '\n': '' },
  ...{ "'": "'", '"': '"', '\\': '\\' },
}
const widths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/** Unescape a string literal. As in Python, a backslash before any other character stays. */
export function unescapeString(literal: string): string {
  return literal.replaceAll(/\\([0-7]{1,3}|x[\da-fA-F]{0,2}|u[\da-fA-F]{0,4}|U[\da-fA-F]{0,8}|[\s\S])/g, (whole, code: string) => {
    const kind = code[0]
    if (kind in simple && code.length === 1) return simple[kind]
    if (/^[0-7]/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8))
    if (kind in widths) return fromHex(code, widths[kind])
    if (kind === 'N') throw new TemplateError('\\N{...} in a string is not supported')
    return whole
  })
}

function fromHex(code: string, width: number): string {
  const point = Number.parseInt(code.slice(1), 16)
  if (code.length !== width + 1 || !(point <= 0x10ffff)) throw new TemplateError(`the escape \\${code} in a string is truncated`)
  return String.fromCodePoint(point)
}
