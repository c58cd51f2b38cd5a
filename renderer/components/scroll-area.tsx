import type { ReactNode, Ref, UIEventHandler } from 'react'

interface ScrollAreaProps {
  readonly label: string
  readonly className: string
  readonly children: ReactNode
  readonly ref?: Ref<HTMLElement>
  readonly onScroll?: UIEventHandler<HTMLElement>
}

/** A labeled scroll container that can be focused by keyboard. */
export function ScrollArea({ label, className, children, ref, onScroll }: ScrollAreaProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll container must be focusable, or the keyboard can't scroll it
    <section className={className} aria-label={label} tabIndex={0} ref={ref} onScroll={onScroll}>
      {children}
    </section>
  )
}
