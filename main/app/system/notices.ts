import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { resourceFile } from '../../common/resources.ts'
import { type Notice, notice } from '../../shared/contract/events-contract.ts'

/** Laurel's dependencies, with their licenses. */
export const notices = (): Notice[] => z.array(notice).parse(JSON.parse(readFileSync(resourceFile('notices.json'), 'utf8')))
