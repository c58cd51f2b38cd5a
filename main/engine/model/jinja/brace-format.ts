import { make } from './budget.ts'
import { TemplateError } from './template-error.ts'
import type { Args, Value } from './values.ts'
import { represented, written } from './written.ts'

/** Python's `str.format(...)` with plain fields (`{}`, `{0}`, `{name}`, `{name!r}`). Throws TemplateError for format specifications. */
export function formatBraces(text: string, { positional, named }: Args): string {
  let next = 0
  const formatted = text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (whole, field: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole[0]
    const parts = /^(?<name>\w*)(?:!(?<conversion>[rs]))?$/.exec(field ?? ':')?.groups
    if (parts === undefined) throw new TemplateError(`the format ${JSON.stringify(whole)} is not supported`)
    const { name, conversion } = parts
    const value: Value | undefined = name === '' ? positional[next++] : /^\d+$/.test(name) ? positional[Number(name)] : named.get(name)
    if (value === undefined) throw new TemplateError(`format() has no value for ${JSON.stringify(whole)}`)
    return conversion === 'r' ? represented(value) : written(value)
  })
  make(formatted.length)
  return formatted
}
