/**
 * A process that uses trees of a store as an install does, for gc.test.ts: `STORE PROJECT MILLISECONDS TREE…`. Prints
 * how often it found a tree, and how often one disappeared that it was using.
 */
import fs from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { reserveTrees } from '../../src/installer/keep/reserve.ts'
import { Store } from '../../src/installer/store.ts'
import { fingerprintOf } from '../../src/package/fingerprint.ts'
import type { Tree } from '../../src/schema/digest.ts'

const [, , root = '', project = '', milliseconds = '', ...trees] = process.argv
fs.mkdirSync(`${project}/colony_packages`, { recursive: true })
const store = new Store(root)
const counts = { found: 0, made: 0, lost: 0 }
const end = Date.now() + Number(milliseconds)
while (Date.now() < end) {
  const tree = trees[Math.floor(Math.random() * trees.length)] as Tree
  await reserveTrees([tree], { project: { root: project }, store, lockTimeout: 60_000, emit: () => undefined })
  if (store.has(tree)) counts.found++
  else {
    const temporary = store.temporary()
    fs.mkdirSync(temporary)
    fs.writeFileSync(`${temporary}/a.txt`, 'a\n')
    store.commit(temporary, tree, { table: 'a table', ...fingerprintOf(temporary) })
    counts.made++
  }
  for (let look = 0; look < 5; look++) {
    await delay(Math.random() * 2)
    if (!store.has(tree)) counts.lost++
  }
  store.noteProject(project, [])
}
store.sweep()
process.stdout.write(JSON.stringify(counts))
