import fs from 'node:fs'
import path from 'node:path'
import { namesIn, statsIfThere } from './atomic-file.ts'

/** Removes the oldest files of a folder once it has more than `most`, down to half of that. */
export function forgetOldest(folder: string, most: number): void {
  const names = namesIn(folder)
  if (names.length <= most) return
  const ages = names.map((name) => [name, statsIfThere(path.join(folder, name))?.mtimeMs ?? 0] as const)
  const oldest = ages.sort(([, one], [, other]) => one - other).slice(0, names.length - most / 2)
  for (const [name] of oldest) fs.rmSync(path.join(folder, name), { force: true })
}
