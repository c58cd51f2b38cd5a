import { create } from 'zustand'

/** Whether the application behind the window can be reached. 'signed-out': it answers, but doesn't know this browser. */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'signed-out'

export const useConnection = create<{ state: ConnectionState; since: number }>(() => ({ state: 'connecting', since: Date.now() }))

export const setConnection = (state: ConnectionState): void => {
  if (useConnection.getState().state !== state) useConnection.setState({ state, since: Date.now() })
}
