import type { Command } from 'commander'
import { homeFolder, homePaths } from '../../common/home.ts'
import { presentIn } from '../../common/presence.ts'
import { linksFolder, linkTo } from '../../serve/access.ts'
import { links } from '../../serve/links.ts'
import { endSessions } from '../../serve/sessions.ts'
import { LaurelError } from '../../shared/errors.ts'

export function registerLink(program: Command): void {
  program
    .command('link')
    .description('print an address that signs another browser in to a running `laurel serve`')
    .option('--read-only', 'for a browser that can look at everything and change nothing')
    .option('--sign-out', 'end every session first, so that all browsers must sign in again')
    .action(printLink)
}

/** Prints one address per running server, each valid for one sign-in. */
function printLink({ signOut = false, readOnly = false }: { signOut?: boolean; readOnly?: boolean }): void {
  const home = homeFolder()
  const addresses = presentIn(home).flatMap(({ address }) => address ?? [])
  if (addresses.length === 0)
    throw new LaurelError('NOT_FOUND', `Laurel isn't being served from ${home}.`, 'Start it with `laurel serve`, or set LAUREL_HOME.')
  if (signOut) endSessions(homePaths(home).serve)
  const tokens = links(linksFolder(home))
  for (const address of addresses) process.stdout.write(`${linkTo(address, tokens.make(readOnly ? 'read' : 'all'))}\n`)
}
