import { TemplateError } from './budget.ts'

/**
 * The current date for templates (Llama 3 puts it into its system message, with this one as fallback). The true date would make a run's
 * result depend on the day it is resumed.
 */
const today = new Date(Date.UTC(2024, 6, 26))

const part = (options: Intl.DateTimeFormatOptions) => today.toLocaleString('en-US', { ...options, timeZone: 'UTC' })
const two = (number: number) => String(number).padStart(2, '0')

const codes: Readonly<Record<string, string>> = {
  '%d': two(today.getUTCDate()),
  '%-d': String(today.getUTCDate()),
  '%e': String(today.getUTCDate()).padStart(2),
  '%m': two(today.getUTCMonth() + 1),
  '%-m': String(today.getUTCMonth() + 1),
  '%Y': String(today.getUTCFullYear()),
  '%y': String(today.getUTCFullYear()).slice(2),
  '%b': part({ month: 'short' }),
  '%h': part({ month: 'short' }),
  '%B': part({ month: 'long' }),
  '%a': part({ weekday: 'short' }),
  '%A': part({ weekday: 'long' }),
  '%H': '00',
  '%-H': '0',
  '%I': '12',
  '%M': '00',
  '%S': '00',
  '%p': 'AM',
  '%j': '208',
  '%w': '5',
  '%u': '5',
  '%F': '2024-07-26',
  '%D': '07/26/24',
  '%T': '00:00:00',
  '%R': '00:00',
  '%Z': '',
  '%z': '',
  '%n': '\n',
  '%t': '\t',
  '%%': '%',
}

/** That date in Python's `strftime` format. Throws TemplateError for unsupported codes. */
export const strftime = (format: string): string =>
  format.replace(/%-?[\s\S]?/g, (code) => {
    if (codes[code] === undefined) throw new TemplateError(`the date format ${JSON.stringify(code)} is not supported`)
    return codes[code]
  })
