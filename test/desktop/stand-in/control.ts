/** The messages between the stand-in and its test. */

/** A recorded call of Electron's API. */
export interface Recorded {
  readonly call: string
  readonly value: unknown
}

export type FromStandIn =
  | { readonly kind: 'recorded'; readonly recorded: Recorded }
  | { readonly kind: 'browser'; readonly endpoint: string }

export type ToStandIn =
  /** Answers the next dialog: the button's index. */
  | { readonly do: 'answer'; readonly button: number }
  /** Chooses an item of the native menu. */
  | { readonly do: 'choose'; readonly path: readonly string[] }
  | { readonly do: 'click-notification' }
  | { readonly do: 'emit'; readonly of: 'app' | 'power' | 'window'; readonly event: string }
  | { readonly do: 'quit' }
  | { readonly do: 'crash-page' }

export const record = (call: string, value: unknown = null): void =>
  void process.send?.({ kind: 'recorded', recorded: { call, value } } satisfies FromStandIn)

export const onControl = (listener: (message: ToStandIn) => void): void =>
  void process.on('message', listener as (message: unknown) => void)
