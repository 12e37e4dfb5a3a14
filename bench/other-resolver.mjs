/**
 * Resolves worlds with the npm package semver-resolver: `node other-resolver.mjs FOLDER-WITH-IT WORLDS.json` prints one
 * line of JSON.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const [folder = '.', file = ''] = process.argv.slice(2)
const { SemverResolver } = createRequire(path.join(folder, 'package.json'))('semver-resolver')
const worlds = JSON.parse(fs.readFileSync(file, 'utf8'))

let ms = 0
let wrong = 0
for (const { universe, root, expect } of worlds) {
  const resolver = new SemverResolver(
    root,
    (name) => Promise.resolve(Object.keys(universe[name] ?? {})),
    (name, version) => Promise.resolve(universe[name]?.[version] ?? {}),
  )
  const started = performance.now()
  try {
    await resolver.resolve()
  } catch {
    if (expect?.solvable) wrong++
  }
  ms += performance.now() - started
}
console.log(JSON.stringify({ ms, wrong }))
