import type { Universe } from '../src/resolver/api.ts'

type Versions = Record<string, Record<string, string>>

/** A package with many versions, of which all but the oldest need something that conflicts with the rest. */
export function familiesUniverse(count: number): Universe {
  const family: Versions = { '0.0.1': {} }
  for (let version = 1; version < count; version++) family[`1.${version}.0`] = { base: '^2.0.0' }
  return {
    universe: { family, other: { '1.0.0': { base: '^1.0.0' } }, base: { '1.0.0': {}, '2.0.0': {} } },
    root: { other: '*', family: '*' },
  }
}

/** Packages that each require all others in their own version; one package holds back the newest versions of all. */
export function lockStepUniverse(packages: number, versions: number): Universe {
  const names = Array.from({ length: packages }, (_, index) => `part-${index}`)
  const universe: Record<string, Versions> = {}
  for (const name of names) {
    const all: Versions = {}
    universe[name] = all
    for (let version = 1; version <= versions; version++)
      all[`${version}.0.0`] = Object.fromEntries(
        names.filter((other) => other !== name).map((other) => [other, `${version}.0.0`]),
      )
  }
  universe.old = { '1.0.0': { [names.at(-1) ?? '']: '<=2.0.0' } }
  return { universe, root: Object.fromEntries([...names, 'old'].map((name) => [name, '*'])) }
}

/** A sudoku: a package per cell, a version per digit. @param cells row by row, a dot for an empty cell */
export function sudokuUniverse(cells: string): Universe {
  const universe: Record<string, Versions> = {}
  const root: Record<string, string> = {}
  const nameOf = (row: number, column: number) => `cell-${row}-${column}`
  const nine = Array.from({ length: 9 }, (_, index) => index)
  for (const row of nine) {
    for (const column of nine) {
      const others = new Set<string>()
      for (const at of nine) {
        others.add(nameOf(row, at)).add(nameOf(at, column))
        others.add(nameOf(3 * Math.floor(row / 3) + Math.floor(at / 3), 3 * Math.floor(column / 3) + (at % 3)))
      }
      others.delete(nameOf(row, column))
      const versions: Versions = {}
      universe[nameOf(row, column)] = versions
      for (let digit = 1; digit <= 9; digit++)
        versions[`${digit}.0.0`] = Object.fromEntries(
          [...others].map((other) => [other, `<${digit}.0.0 || >${digit}.0.0`]),
        )
      const given = cells[row * 9 + column] ?? '.'
      root[nameOf(row, column)] = given === '.' ? '*' : `${given}.0.0`
    }
  }
  return { universe, root }
}
