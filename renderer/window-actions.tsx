import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import type { Action } from './actions/action.ts'
import { useActions, useKeySheet, usePalette } from './actions/active-actions.ts'
import type { Command } from './actions/commands.ts'
import { Palette } from './actions/palette.tsx'
import { orpc } from './api/client.ts'
import { places } from './components/places.ts'
import { statusWords } from './components/status-dot.tsx'
import { windowActionInfos } from './window-action-infos.ts'

/** The shortcuts that work everywhere, and the command palette. Mounted once per window. */
export function WindowActions() {
  const [, go] = useLocation()
  const actions = useMemo((): readonly Action[] => {
    const perform: Readonly<Record<string, () => void>> = {
      palette: () => usePalette.setState({ isOpen: true }),
      keys: () => useKeySheet.setState({ isOpen: true }),
      ...Object.fromEntries(places.map(({ name, path }) => [`go-${name}`, () => go(path)])),
    }
    return windowActionInfos.map((info) => ({ ...info, enabled: true, perform: perform[info.name] }))
  }, [go])
  useActions('window', 'Window', actions)
  return <Palette commands={useCommands(go)} onSearch={(text) => go(`/search?q=${encodeURIComponent(text)}`)} />
}

/** Every view inside a place, and every run. The places themselves are actions of the window. */
function useCommands(go: (path: string) => void): Command[] {
  const isOpen = usePalette((palette) => palette.isOpen)
  const runs = useQuery(orpc.runs.list.queryOptions({ enabled: isOpen }))
  const views = places.flatMap(({ name, views: inside = [] }) =>
    inside.map(
      ({ path, name: title }): Command => ({
        key: `${path} ${title}`,
        title: `${name}: ${title}`,
        group: 'Go to',
        perform: () => go(path),
      }),
    ),
  )
  const ofRuns = (runs.data ?? []).flatMap(({ id, name, status, tags }): Command[] => {
    const command = (what: string, title: string, path: string): Command => ({
      ...{ key: `${what} ${id}`, title, group: statusWords[status], words: `${id} ${tags.join(' ')} run`, perform: () => go(path) },
    })
    return [
      command('open', name, `/runs/${id}`),
      command('review', `Review ${name}`, `/review/${id}`),
      command('compare', `Compare ${name}`, `/compare?runs=${id}`),
      command('clone', `New run like ${name}`, `/runs/new?from=${id}`),
    ]
  })
  return [...views, ...ofRuns]
}
