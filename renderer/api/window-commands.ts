import { useMantineColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import type { WindowCommand } from '../../main/shared/contract/system-contract.ts'
import { client } from './client.ts'

/** A command of the native menu for the run in view. */
export type RunAction = Extract<WindowCommand, { command: 'run' }>['action']
type RunHandler = (action: RunAction) => void

let runHandler: RunHandler | undefined

/** Handles the native menu's Start, Pause, and Stop on the Run page. `handler` must be stable; null: not registered. */
export function useRunCommands(handler: RunHandler | null): void {
  useEffect(() => {
    if (handler === null) return
    runHandler = handler
    return () => {
      if (runHandler === handler) runHandler = undefined
    }
  }, [handler])
}

/**
 * Performs commands of the native menu and notifications, and reports the current page to the menu. Used once per window; does nothing in a
 * browser.
 */
export function useWindowCommands(): void {
  const [path, go] = useLocation()
  const { colorScheme: scheme, setColorScheme } = useMantineColorScheme()
  const perform = useRef<(command: WindowCommand) => void>(() => {})
  perform.current = (command) => {
    if (command.command === 'go') go(command.path)
    if (command.command === 'scheme') setColorScheme(command.scheme)
    if (command.command === 'run') runHandler?.(command.action)
  }
  useEffect(() => {
    if (window.laurel === undefined) return
    const abort = new AbortController()
    void listen((command) => perform.current(command), abort.signal)
    return () => abort.abort()
  }, [])
  useEffect(() => {
    if (window.laurel !== undefined) void client.window.showing({ path, scheme }).catch(() => {}) // the menu keeps its previous state
  }, [path, scheme])
}

async function listen(perform: (command: WindowCommand) => void, signal: AbortSignal): Promise<void> {
  try {
    for await (const command of await client.window.commands(undefined, { signal })) perform(command)
  } catch {
    // the window closes
  }
}
