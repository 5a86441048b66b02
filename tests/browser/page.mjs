// Drive the page of a run in the machine's own Chromium and print what happened as JSON.
// node page.mjs CHROMIUM URL GENE SCREENSHOT
import { chromium } from 'playwright-core'

const [executablePath, url, gene, screenshot] = process.argv.slice(2)
const args = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' ')
const browser = await chromium.launch({ executablePath, headless: true, args })
const page = await browser.newPage({ viewport: { width: 1400, height: 1250 } })
page.setDefaultTimeout(120000) // a loaded machine is slow, not wrong
const out = { errors: [], foreign: [], failed: [] }
page.on('console', (m) => m.type() === 'error' && out.errors.push(m.text()))
page.on('pageerror', (e) => out.errors.push(String(e)))
page.on('request', (r) => r.url().startsWith(new URL(url).origin) || r.url().startsWith('data:') || r.url().startsWith('blob:') || out.foreign.push(r.url()))
page.on('response', (r) => r.status() >= 400 && out.failed.push(`${r.status()} ${r.url()}`))

const count = () => page.locator('#count').textContent()
const settle = async () => { await page.waitForLoadState('networkidle'); await page.waitForTimeout(500) }
// Number of canvases, in all shadow roots, and how many of them hold more than one colour
const drawn = () => page.evaluate(() => {
  const canvases = []
  const walk = (node) => { for (const e of node.querySelectorAll('*')) { if (e.tagName === 'CANVAS') canvases.push(e); if (e.shadowRoot) walk(e.shadowRoot) } }
  walk(document)
  const filled = canvases.filter((c) => {
    if (!c.width || !c.height) return false
    const pixels = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)
    return pixels.some((p) => p !== pixels[0])
  })
  return [canvases.length, filled.length]
})
// Where Tab goes from the top of the page, and whether the eye can follow
const tabStops = async () => {
  await page.evaluate(() => { document.activeElement.blur(); window.scrollTo(0, 0) })
  const stops = []
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const e = document.activeElement
      const { outlineStyle, outlineWidth } = getComputedStyle(e)
      return { what: e.id || e.tagName + ' ' + e.textContent.trim(), row: e.tagName === 'TR', ours: !e.closest('#browser') && e !== document.body, seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
    })
    stops.push(stop)
    if (stop.row) break
  }
  return stops
}
// Text of ours whose contrast to its background is below WCAG's 4.5
const faint = () => page.evaluate(() => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number)
  const light = (colour) => { const [r, g, b] = channels(colour).map((v) => { const c = v / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const behind = (e) => { while (e) { const c = getComputedStyle(e).backgroundColor; if ((channels(c)[3] ?? 1) > 0) return c; e = e.parentElement } return 'rgb(255, 255, 255)' }
  const own = [...document.querySelectorAll('body *')].filter((e) => !e.closest('#browser, script, noscript') && e.offsetParent && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  const contrast = (e) => { const [low, high] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => a - b); return (high + 0.05) / (low + 0.05) }
  return [own.length, own.filter((e) => contrast(e) < 4.5).map((e) => e.outerHTML.slice(0, 80))]
})
try {
  await page.goto(url)
  await page.waitForFunction(() => document.body.dataset.ready === 'yes', null, { timeout: 120000 })
  await settle()
  out.tracks = await page.evaluate(() => state.browser.tracks.map((t) => [t.name, t.type]))
  out.stops = await tabStops()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  out.row = await page.evaluate(() => [...document.querySelectorAll('#table tbody tr')].indexOf(document.activeElement))
  out.faint = await faint()
  await page.fill('#query', gene)
  await page.press('#query', 'Enter')
  await page.waitForFunction(() => document.getElementById('status').textContent.startsWith('At '))
  await settle()
  out.gene = await page.locator('#status').textContent()
  out.locus = await page.evaluate(() => state.browser.currentLoci())
  out.drawn = await drawn()
  await page.screenshot({ path: screenshot })
  await page.fill('#query', 'no such gene')
  await page.press('#query', 'Enter')
  await page.waitForFunction(() => document.getElementById('status').textContent.includes('neither'))
  out.all = await count()
  await page.selectOption('#split', 'test')
  out.test = await count()
  await page.fill('#name', gene)
  out.named = await count()
  await page.fill('#name', '')
  await page.selectOption('#kind', 'elements')
  await page.waitForFunction(() => document.getElementById('count').textContent.endsWith('elements'))
  out.elements = await count()
  await page.selectOption('#class', 'promoter')
  out.promoters = await count()
  await page.locator('#table tbody tr').first().focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.getElementById('status').textContent.startsWith('At '))
  await settle()
  out.element = await page.evaluate(() => state.browser.currentLoci())
  out.unnamed = await page.evaluate(() => [...document.querySelectorAll('input, select')].filter((e) => !e.labels.length).map((e) => e.id))
  out.undescribed = await page.evaluate(() => [...document.querySelectorAll('img')].filter((e) => !e.hasAttribute('alt')).map((e) => e.src))
  if (await page.locator('#cells input').count() > 1) {
    await page.locator('#cells input').first().uncheck()
    await settle()
    out.fewer = await page.evaluate(() => state.browser.tracks.map((t) => [t.name, t.type]))
    await page.locator('#cells input').first().check()
    await settle()
    out.again = await page.evaluate(() => state.browser.tracks.map((t) => [t.name, t.type]))
  }
} catch (error) {
  out.errors.push(`driver: ${error}`)
} finally {
  await browser.close()
}
console.log(JSON.stringify(out))
