import { type PointerEvent, useRef, useState } from 'react'
import { usePlotArea, useXAxisInverseScale } from 'recharts'
import { setHover } from './hover.ts'

/** A shorter drag is a click, pixels. */
const shortestDrag = 5

interface PlotPointerProps {
  readonly group: string
  readonly onZoom: (from: number, to: number) => void
  readonly onReset: () => void
}

/** Pointer handling of a chart: hovering sets the group's step, dragging zooms, double-clicking resets. */
export function PlotPointer({ group, onZoom, onReset }: PlotPointerProps) {
  const area = usePlotArea()
  const stepAt = useXAxisInverseScale()
  const begin = useRef<number | null>(null)
  const [drag, setDrag] = useState<readonly [number, number] | null>(null)
  if (!area || !stepAt) return null

  const placeOf = (event: PointerEvent<SVGRectElement>): number => {
    const left = event.currentTarget.getBoundingClientRect().left
    return Math.min(Math.max(event.clientX - left, 0), area.width) + area.x
  }
  const move = (event: PointerEvent<SVGRectElement>): void => {
    const place = placeOf(event)
    setHover(group, stepAt(place) as number)
    if (begin.current !== null) setDrag([Math.min(begin.current, place), Math.max(begin.current, place)])
  }
  const end = (): void => {
    begin.current = null
    setDrag(null)
    if (drag !== null && drag[1] - drag[0] >= shortestDrag) onZoom(stepAt(drag[0]) as number, stepAt(drag[1]) as number)
  }
  return (
    <g>
      {drag && <rect x={drag[0]} width={drag[1] - drag[0]} y={area.y} height={area.height} fill="var(--text)" fillOpacity={0.08} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the step fields offer the same by keyboard */}
      <rect
        {...{ x: area.x, y: area.y, width: area.width, height: area.height }}
        fill="transparent"
        cursor="crosshair"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          begin.current = placeOf(event)
        }}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
        onPointerLeave={() => begin.current === null && setHover(group, null)}
        onDoubleClick={onReset}
      />
    </g>
  )
}
