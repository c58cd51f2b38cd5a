/** Pictures are made at twice the size on the screen, so that they stay sharp in print. */
const scale = 2

/** What of an element's computed style makes a drawing look as it does. Written as attributes: a page's policy may forbid inline styles. */
const drawn = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin'],
  ...['opacity', 'font-family', 'font-size', 'font-weight', 'text-anchor', 'dominant-baseline'],
]

/** The drawings inside an element, as they stand to each other on the screen, with their title above, as a PNG. */
export async function drawPng(element: HTMLElement, title: string): Promise<Blob> {
  const frame = element.getBoundingClientRect()
  const style = getComputedStyle(document.documentElement)
  const head = 32
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(frame.width * scale)
  canvas.height = Math.ceil((frame.height + head) * scale)
  const context = canvas.getContext('2d')!
  context.scale(scale, scale)
  context.fillStyle = style.getPropertyValue('--surface-raised')
  context.fillRect(0, 0, frame.width, frame.height + head)
  context.fillStyle = style.getPropertyValue('--text')
  context.font = `600 13px ${style.getPropertyValue('--font-text')}`
  context.fillText(title, 8, 20)
  for (const text of element.querySelectorAll<HTMLElement>('[data-draw]')) drawText(context, text, frame, head)
  for (const svg of element.querySelectorAll('svg.recharts-surface')) {
    const place = svg.getBoundingClientRect()
    const image = await imageOf(svg as SVGSVGElement, place)
    context.drawImage(image, place.left - frame.left, place.top - frame.top + head, place.width, place.height)
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture could not be made.')) : resolve(blob)), 'image/png'),
  )
}

/** Texts beside a drawing that belong to it are marked with `data-draw`. */
function drawText(context: CanvasRenderingContext2D, element: HTMLElement, frame: DOMRect, head: number): void {
  const place = element.getBoundingClientRect()
  const { color, fontSize, fontWeight, fontFamily } = getComputedStyle(element)
  context.fillStyle = color
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`
  context.fillText(element.innerText, place.left - frame.left, place.top - frame.top + head + place.height * 0.72)
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
