/** Pixel ratio of exported images, so that they are sharp in print. */
const scale = 2

/** Computed styles copied to the export, as attributes because the content security policy forbids inline styles. */
const drawn = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin'],
  ...['opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline'],
]

/**
 * A chart as a PNG: its SVGs, the texts marked with `data-draw`, and the color swatches marked with `data-swatch`. Anything else (buttons) is
 * left out.
 */
export async function drawPng(chart: HTMLElement): Promise<Blob> {
  const frame = chart.getBoundingClientRect()
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil((frame.width + 2 * margin) * scale)
  canvas.height = Math.ceil((frame.height + 2 * margin) * scale)
  const context = canvas.getContext('2d')!
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--surface-raised')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.scale(scale, scale)
  context.translate(margin - frame.left, margin - frame.top) // from here on, coordinates are the screen's
  for (const patch of chart.querySelectorAll<HTMLElement>('[data-swatch]')) drawPatch(context, patch)
  for (const text of chart.querySelectorAll<HTMLElement>('[data-draw]')) drawText(context, text)
  for (const svg of chart.querySelectorAll<SVGSVGElement>('svg.recharts-surface')) {
    const place = svg.getBoundingClientRect()
    context.drawImage(await imageOf(svg, place), place.left, place.top, place.width, place.height)
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error('Couldn’t create the image.')) : resolve(blob)), 'image/png'),
  )
}

const margin = 12

function drawPatch(context: CanvasRenderingContext2D, element: HTMLElement): void {
  const { left, top, width, height } = element.getBoundingClientRect()
  const { backgroundColor, opacity } = getComputedStyle(element)
  context.globalAlpha = Number(opacity)
  context.fillStyle = backgroundColor
  context.fillRect(left, top, width, height)
  context.globalAlpha = 1
}

function drawText(context: CanvasRenderingContext2D, element: HTMLElement): void {
  const range = document.createRange()
  range.selectNodeContents(element) // the glyphs' position, not the box around them
  const place = range.getBoundingClientRect()
  const { color, fontSize, fontWeight, fontFamily } = getComputedStyle(element)
  context.fillStyle = color
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`
  context.textBaseline = 'middle'
  context.fillText(element.innerText, place.left, place.top + place.height / 2)
}

async function imageOf(svg: SVGSVGElement, { width, height }: DOMRect): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width * scale))
  copy.setAttribute('height', String(height * scale))
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`)
  const originals = svg.querySelectorAll<SVGElement>('*')
  const copies = copy.querySelectorAll<SVGElement>('*')
  originals.forEach((original, i) => {
    const computed = getComputedStyle(original)
    for (const name of drawn) copies[i].setAttribute(name, computed.getPropertyValue(name))
    copies[i].removeAttribute('style')
  })
  copy.removeAttribute('style')
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`
  await image.decode()
  return image
}
