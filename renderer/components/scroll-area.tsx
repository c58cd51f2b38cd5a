import type { ReactNode, Ref, UIEventHandler } from 'react'

interface ScrollAreaProps {
  readonly label: string
  readonly className: string
  readonly children: ReactNode
  readonly ref?: Ref<HTMLElement>
  readonly onScroll?: UIEventHandler<HTMLElement>
}

/** A part that scrolls by itself: it can be reached by keyboard and has a name. */
export function ScrollArea({ label, className, children, ref, onScroll }: ScrollAreaProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or the keyboard cannot scroll it
    <section className={className} aria-label={label} tabIndex={0} ref={ref} onScroll={onScroll}>
      {children}
    </section>
  )
}
