import { describe, expect, it } from 'vitest'
import { type Action, actionFor, beginsPair, firesOver, keyLabel, keyOf, sharedKeys } from '../../renderer/actions/action.ts'
import { type Command, matchingCommands } from '../../renderer/actions/commands.ts'
import { bound, listed } from '../../renderer/actions/screen-actions.ts'
import { places } from '../../renderer/components/places.ts'
import { reviewActionList } from '../../renderer/features/review/review-actions.ts'
import { screenActions, screenKeys } from '../../renderer/screen-keys.ts'
import { windowActionInfos } from '../../renderer/window-action-infos.ts'

const action = (name: string, keys: string[], more: Partial<Action> = {}): Action => ({
  ...{ name, title: name, keys, group: 'g', enabled: true, perform: () => {} },
  ...more,
})
const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) =>
  keyOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

describe('a key', () => {
  it('has the same name on every keyboard', () => {
    expect(press('t')).toBe('t')
    expect(press('T')).toBe('t') // Caps Lock
    expect(press('T', { shiftKey: true })).toBe('Shift+t')
    expect(press('Z', { ctrlKey: true, shiftKey: true })).toBe('Mod+Shift+z')
    expect(press('z', { metaKey: true, shiftKey: true })).toBe('Mod+Shift+z') // on a Mac
    expect(press('É', { shiftKey: true })).toBe('Shift+é')
    expect(press('?', { shiftKey: true })).toBe('?')
    expect(press('Enter', { ctrlKey: true })).toBe('Mod+Enter')
    expect(press('Enter', { metaKey: true })).toBe('Mod+Enter')
    expect(press('Tab', { shiftKey: true })).toBe('Shift+Tab')
    expect(keyLabel('Mod+Enter')).toBe('Ctrl ↵')
    expect(keyLabel('Mod+Shift+z')).toBe('Ctrl Shift Z')
  })

  it('fires the one enabled action bound to it', () => {
    expect(actionFor([action('a', ['x']), action('b', ['y'])], 'x', false)?.name).toBe('a')
    expect(actionFor([action('a', ['x'])], 'z', false)).toBeUndefined()
    expect(actionFor([action('a', ['x'], { enabled: false })], 'x', false)).toBeUndefined()
  })

  it('fires nothing if two enabled actions are bound to it', () => {
    const two = [action('a', ['x']), action('b', ['x'])]
    expect(actionFor(two, 'x', false)).toBeUndefined()
    expect(actionFor([two[0], { ...two[1], enabled: false }], 'x', false)?.name).toBe('a')
  })

  it('is text while the user types, except to save or close', () => {
    expect(actionFor([action('a', ['x'])], 'x', true)).toBeUndefined()
    expect(actionFor([action('save', ['Mod+Enter'], { whileTyping: true })], 'Mod+Enter', true)?.name).toBe('save')
  })
})

describe('a key in front of what covers the page', () => {
  it('opens the commands over a popover, but not behind a dialog', () => {
    const palette = windowActionInfos.find(({ name }) => name === 'palette')!
    expect([firesOver(palette, null), firesOver(palette, 'popover'), firesOver(palette, 'dialog')]).toEqual([true, true, false])
  })

  it('fires nothing else', () => {
    const vote = action('vote', ['1'])
    expect([firesOver(vote, null), firesOver(vote, 'popover'), firesOver(vote, 'dialog')]).toEqual([true, false, false])
  })
})

describe('a pair of keys', () => {
  const goThere = action('go', ['g r'])

  it('fires nothing with its first key alone, and is recognized by it', () => {
    expect(actionFor([goThere], 'g', false)).toBeUndefined()
    expect(beginsPair([goThere], 'g')).toBe(true)
    expect(beginsPair([goThere], 'r')).toBe(false)
    expect(beginsPair([{ ...goThere, enabled: false }], 'g')).toBe(false)
    expect(actionFor([goThere], 'g r', false)?.name).toBe('go')
  })

  it('is written with “then” between them', () => {
    expect(keyLabel('g r')).toBe('G then R')
    expect(keyLabel(' ')).toBe('Space')
  })
})

describe('the command palette', () => {
  const command = (title: string, more = ''): Command => ({ key: title, title, group: 'Go to', words: more, perform: () => {} })
  const titles = (text: string): string[] =>
    matchingCommands([command('Compare demo'), command('demo', 'r-7f3kq'), command('Data: Import')], text).map(({ title }) => title)

  it('finds commands by all their words, those that start with the text first', () => {
    expect(titles('demo')).toEqual(['demo', 'Compare demo'])
    expect(titles('DEMO comp')).toEqual(['Compare demo'])
    expect(titles('7f3k')).toEqual(['demo'])
    expect(titles('nothing')).toEqual([])
    expect(titles('')).toEqual(['Compare demo', 'demo', 'Data: Import'])
  })
})

describe('the shortcuts of the window', () => {
  it('share no key with one another or with those of any screen', () => {
    expect(sharedKeys([...windowActionInfos])).toEqual([])
    for (const { screen, keys } of screenKeys)
      expect(sharedKeys([...windowActionInfos, ...keys.map((one) => ({ ...one, name: one.title, group: '' }))]), screen).toEqual([])
  })

  it('lead to every page of the navigation rail', () => {
    expect(windowActionInfos.filter(({ name }) => name.startsWith('go-')).map(({ title }) => title)).toEqual(
      places.map(({ name }) => `Go to ${name}`),
    )
    const first = windowActionInfos.flatMap(({ keys }) => keys.filter((key) => key.startsWith('g ')))
    for (const { screen, keys } of screenKeys) expect(keys.flatMap((one) => one.keys).includes('g'), screen).toBe(false)
    expect(first).toHaveLength(places.length)
  })
})

describe('the shortcuts dialog', () => {
  it('lists the shortcuts of every screen that has some', () => {
    const known = Object.fromEntries(screenKeys.map(({ screen, keys }) => [screen, keys.flatMap((action) => action.keys)]))
    expect(known.Runs).toEqual(['n', '/', 'h'])
    expect(known['Runs, list']).toEqual(expect.arrayContaining(['Enter', 'ArrowUp']))
    expect(known['Evaluate, Arena']).toEqual([...'12txs3456789wu', 'Enter', 'Escape'])
    expect(known.Review).toEqual(reviewActionList.flatMap(({ keys }) => keys))
    for (const [screen, keys] of Object.entries(known)) expect(new Set(keys).size, screen).toBe(keys.length)
    for (const key of Object.values(known).flat()) expect(keyLabel(key), key).not.toMatch(/Arrow|Page[A-Z]/)
  })
})

/** The sources of the window. */
const sources = Object.entries(import.meta.glob<string>('../../renderer/**/*.tsx', { query: '?raw', import: 'default', eager: true })).map(
  ([path, text]) => ({ path: path.slice('../../renderer/'.length), text }),
)

describe('the actions of screens', () => {
  it('exist on every page and tab', () => {
    const isIn = (path: string, part: string): boolean => path === part || part.startsWith(`${path}/`)
    for (const path of places.flatMap((place) => [place.path, ...(place.views ?? []).map((view) => view.path)]))
      expect(
        screenActions.some((screen) => isIn(screen.path, path) && Object.keys(screen.actions).length > 0),
        path,
      ).toBe(true)
  })

  it('share no key within a page or tab, nor with the window', () => {
    for (const { path } of screenActions) {
      const here = screenActions.filter((screen) => screen.path === path)
      const others = path === '/runs/new' ? here.filter(({ screen }) => screen !== 'Edit a run') : here // in place of those to create
      expect(sharedKeys([...windowActionInfos, ...others.flatMap(listed)]), path).toEqual([])
    }
  })

  it('have headings and titles that tell them apart in the palette', () => {
    const all = [...screenActions.map(({ screen }) => screen), 'Review', 'Evaluate, Arena']
    expect(new Set(all).size).toBe(all.length)
    for (const screen of screenActions) {
      const titles = listed(screen).map(({ title }) => title)
      expect(new Set(titles).size, screen.screen).toBe(titles.length)
    }
  })

  it('are bound by the screen that they belong to', () => {
    const names = sources.flatMap(({ text }) => [...text.matchAll(/useScreenActions\(\s*(\w+)/g)].map(([, name]) => name))
    expect(names.toSorted()).toEqual([...new Set(names)].toSorted()) // once each
    expect(names).toHaveLength(screenActions.length)
  })

  it('include the primary button of every screen', () => {
    const isDialog = (text: string): boolean => /<(Modal|Drawer)\b/.test(text)
    const primary = sources.filter(({ path, text }) => text.includes('variant="filled"') && !isDialog(text) && !path.startsWith('actions'))
    const unbound = primary.filter(({ text }) => !/\b(useScreenActions|ActionButton|submitProps)\b/.test(text)).map(({ path }) => path)
    expect(unbound.toSorted()).toEqual([
      'features/data/mapping-editor.tsx', // applies columns to the preview, before Import
      'features/run/callouts.tsx', // repeats the Start of the run's buttons
      'features/runs/first-start.tsx', // repeats the page's own "Run the demo"
    ])
  })

  it('do what the screen says now, and nothing when they are impossible', () => {
    const done: string[] = []
    const screen = {
      screen: 'Somewhere',
      path: '/somewhere',
      actions: { open: { title: 'Open', keys: ['o'] }, remove: { title: 'Delete', keys: [] } },
    }
    const { open, remove } = bound(screen, { open: { title: 'Open it', perform: () => done.push('open') }, remove: null })
    open.perform()
    expect(open).toMatchObject({ name: 'open', title: 'Open it', group: 'Somewhere', enabled: true })
    expect(remove).toMatchObject({ title: 'Delete', enabled: false })
    expect(done).toEqual(['open'])
  })
})

describe('the actions of Review', () => {
  it('bind the usual keys to redo, and none of them to undo', () => {
    const all = reviewActionList.map((info) => ({ ...info, enabled: true, perform: () => {} }))
    const name = (key: string, held: Parameters<typeof press>[1] = {}) => actionFor(all, press(key, held), false)?.name
    expect([
      name('Z', { ctrlKey: true, shiftKey: true }),
      name('z', { metaKey: true, shiftKey: true }),
      name('y', { ctrlKey: true }),
    ]).toEqual(Array(3).fill('redo'))
    expect([name('u'), name('z', { ctrlKey: true }), name('U', { shiftKey: true })]).toEqual(['undo', 'undo', undefined])
  })

  it('share no key with one another or with the window', () => {
    expect(sharedKeys([...reviewActionList, { name: 'keys', title: '', keys: ['?'], group: '' }])).toEqual([])
    expect(sharedKeys([action('a', ['x', 'y']), action('b', ['y'])])).toEqual(['y'])
  })

  it('all have a key, and the deciding ones have a hint', () => {
    for (const { name, keys, group, hint } of reviewActionList) {
      expect(keys.length, name).toBeGreaterThan(0)
      if (group === 'Decide') expect(hint, name).toBeTruthy()
    }
  })
})
