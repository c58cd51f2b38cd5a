import { create } from 'zustand'

/** State of the connection to the application. 'signed-out': it answers, but rejects this browser's session. */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'signed-out'

export const useConnection = create<{ state: ConnectionState; since: number }>(() => ({ state: 'connecting', since: Date.now() }))

export const setConnection = (state: ConnectionState): void => {
  if (useConnection.getState().state !== state) useConnection.setState({ state, since: Date.now() })
}
