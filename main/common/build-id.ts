import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const stamp = fileURLToPath(new URL('../../.stamp', import.meta.url))

/** Which build this process was loaded from; empty where there is none (the sources themselves, or a packaged application). Read once, as the process starts. */
export const buildId = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
