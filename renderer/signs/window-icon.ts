const usual = '/icon.svg'
const radius = 13
const around = 2 * Math.PI * radius

/** The window's icon: Laurel's own, or a ring that fills with a run's progress (0 to 1). */
export function windowIcon(share: number | null): string {
  if (share === null) return usual
  const filled = (around * Math.min(1, Math.max(0, share))).toFixed(1)
  const ring = (color: string, more: string): string =>
    `<circle cx="16" cy="16" r="${radius}" fill="none" stroke="${color}" stroke-width="6"${more}/>`
  const svg = [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">',
    ring('#9aa8a0', ''),
    ring('#2f6f4f', ` stroke-dasharray="${filled} ${around.toFixed(1)}" transform="rotate(-90 16 16)"`),
    '</svg>',
  ].join('')
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
