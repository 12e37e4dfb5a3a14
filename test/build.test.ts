import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const DIST = path.resolve(import.meta.dirname, '../dist')

interface Bill {
  metadata: { component: { name: string; version: string } }
  components: { 'bom-ref': string; purl: string; hashes?: { alg: string; content: string }[]; licenses?: object[] }[]
}

const bill = JSON.parse(fs.readFileSync(path.join(DIST, 'sbom.cdx.json'), 'utf8')) as Bill

test('the bill of materials lists every package in the bundle, with its digest and its license', () => {
  const licensed = fs.readFileSync(path.join(DIST, 'THIRD-PARTY.txt'), 'utf8')
  const inside = [...licensed.matchAll(/^(\S+) (\d\S*) \(/gm)].map(([, name = '', version = '']) => `pkg:npm/${name.replace('@', '%40')}@${version}`) // prettier-ignore
  const refs = bill.components.map(({ purl }) => purl)
  expect(inside.length).toBeGreaterThan(50)
  expect(inside.filter((purl) => !refs.includes(purl))).toEqual([])
  expect(new Set(refs).size).toBe(refs.length)
  expect(bill.components.filter(({ hashes, licenses }) => !hashes || !licenses)).toEqual([])
  expect(bill.metadata.component.name).toBe('colony-cpm')
})

test('every bundled script with code has a source map without the source itself', () => {
  const holdsCode = (name: string) => fs.statSync(path.join(DIST, name)).size > 2000 // a smaller one only exports code of others
  const scripts = fs.readdirSync(DIST).filter((name) => name.endsWith('.js') && holdsCode(name))
  expect(scripts.filter((name) => !fs.existsSync(path.join(DIST, `${name}.map`)))).toEqual([])
  const map = JSON.parse(fs.readFileSync(path.join(DIST, 'cpm.js.map'), 'utf8')) as { sourcesContent?: unknown }
  expect(map.sourcesContent).toBeUndefined()
})
