import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const stamp = fileURLToPath(new URL('../../.stamp', import.meta.url))

/** The build this process was loaded from; empty when running from sources or packaged. Read once, when the process starts. */
export const buildId = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
