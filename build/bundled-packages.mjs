import fs from 'node:fs'
import path from 'node:path'

/**
 * Returns the packages that modules come from, sorted by folder.
 * @param moduleIds paths of the modules in the bundle
 */
export function bundledPackages(moduleIds) {
  const folders = new Set(moduleIds.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []))
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
    return { folder, name, version, license }
  })
}

/** Returns the licenses of the bundled packages, as these require. */
export function licenses(packages) {
  const texts = packages.map(({ folder, name, version, license }) => {
    const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? '' : fs.readFileSync(path.join(folder, file), 'utf8').trim()
    return `${name} ${version} (${license})\n\n${text}\n`
  })
  return `The code in this folder contains parts of these packages.\n\n${texts.join(`\n${'-'.repeat(72)}\n\n`)}`
}
