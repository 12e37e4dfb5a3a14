import { count } from '../../core/amounts.ts'
import type { Checked } from '../../operations/project/check-proof-file.ts'

const MOST_SHOWN = 8

/** Shows what a proof that holds proves, and of what. */
export function renderChecked({ checked: { facts, steps }, claim, isNewest, question, against }: Checked): string {
  const newest = isNewest === true ? ", and direct dependencies can't be newer" : ''
  const what = claim === 'solved' ? `the versions are compatible${newest}` : 'there is no solution'
  const basis = {
    universe: 'the question and the packages match the universe',
    project: 'the question and the packages match this project and its registries',
  }
  const asked = question.dependencies.slice(0, MOST_SHOWN).map(({ name, range }) => `${name} ${range}`)
  const hidden = question.dependencies.length - asked.length
  const list = [...asked, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join(', ')
  const more = Object.entries(question)
    .filter(([part, value]) => part !== 'dependencies' && Object.keys(value as object).length > 0)
    .map(([part, value]) => `, ${part} ${JSON.stringify(value)}`)
  return [
    `the proof holds: ${what} (${count(facts, 'fact')}, ${count(steps, 'step')})`,
    `requirements: ${list}${more.join('')}`,
    against
      ? basis[against]
      : 'the question and the packages are not checked: there is no project or universe to compare them with',
  ].join('\n')
}
