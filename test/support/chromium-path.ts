import { existsSync } from 'node:fs'

/** Where Chromium may be: the path in a variable, or the usual locations. */
const places = [
  process.env.LAUREL_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** The path of a Chromium for window tests; undefined if there is none. */
export const chromiumPath: string | undefined = places.find((path) => path !== undefined && existsSync(path))
