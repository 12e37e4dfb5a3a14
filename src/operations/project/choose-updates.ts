import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import type { Session } from '../session.ts'
import { outdated, type Outdated, type OutdatedOptions } from './outdated.ts'

/**
 * Lets the user choose among the direct dependencies that an update would change.
 * @throws CpmError USAGE if there is no terminal to ask on
 */
export async function chooseUpdates(
  session: Session,
  { latest, ...flags }: OutdatedOptions & { latest: boolean },
): Promise<PackageName[]> {
  const { prompts } = session
  if (!prompts)
    throw new CpmError('USAGE', '--interactive needs a terminal to ask on', {
      hint: 'name the packages: cpm update <name>',
    })
  const { packages } = await outdated(session, flags)
  const choices = packages.flatMap((each) => {
    const version = targetOf(each, latest)
    return version === null || version === each.locked
      ? []
      : [{ name: each.name, change: `${each.locked} -> ${version}` }]
  })
  if (choices.length === 0) return []
  const width = Math.max(...choices.map(({ name }) => name.length))
  const names = choices.map(({ name }) => name)
  return await prompts.askLine({
    above: choices.map(({ name, change }, index) => `  ${index + 1}  ${name.padEnd(width)}  ${change}`),
    text: 'which ones (numbers, all, or nothing): ',
    read: (typed) => chosenFrom(names, typed),
  })
}

function targetOf({ update, updateLatest }: Outdated, latest: boolean): string | null {
  return latest ? updateLatest : update
}

/** Reads an answer: `all`, nothing, or numbers and names. */
export function chosenFrom(
  names: readonly PackageName[],
  typed: string,
): { value: PackageName[] } | { problem: string } {
  if (typed === 'all') return { value: [...names] }
  const words = typed.split(/[\s,]+/).filter((word) => word !== '')
  const found = words.map((word) => names.find((name, index) => name === word || String(index + 1) === word))
  const wrong = words.find((_, index) => found[index] === undefined)
  if (wrong !== undefined) return { problem: `${wrong} is not one of 1 to ${names.length}` }
  return { value: names.filter((name) => found.includes(name)) }
}
