import { CpmError } from '../../core/errors.ts'
import { PackageName } from '../../schema/name.ts'
import type { Prompts } from '../session.ts'
import { TEMPLATE_NAMES, type TemplateName, TEMPLATES } from './templates.ts'

/**
 * Asks for the name of a package.
 * @param usual what an empty answer means, if it can mean anything
 * @param check throws if the name is taken
 */
export async function askForName(
  prompts: Prompts | undefined,
  usual: PackageName | undefined,
  check: (name: PackageName) => void,
): Promise<PackageName | undefined> {
  return await prompts?.askLine({
    text: usual === undefined ? 'package name: ' : `package name (${usual}): `,
    read: (typed) => {
      const value = typed === '' ? usual : typed
      if (value === undefined) return { problem: 'a name is required' }
      const { data: name, error } = PackageName.safeParse(value)
      if (name === undefined) return { problem: error.issues[0]?.message ?? 'not a name' }
      const problem = problemOf(() => {
        check(name)
      })
      return problem === undefined ? { value: name } : { problem }
    },
  })
}

function problemOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof CpmError) return error.message
    throw error
  }
}

/** Asks for a template, by name or number. */
export async function askForTemplate(prompts: Prompts | undefined): Promise<TemplateName | undefined> {
  const width = Math.max(...TEMPLATE_NAMES.map((name) => name.length))
  return await prompts?.askLine({
    above: ['template:', ...TEMPLATE_NAMES.map((name, index) => `  ${index + 1}  ${name.padEnd(width)}  ${TEMPLATES[name]}`)], // prettier-ignore
    text: 'which one (1): ',
    read: (typed) => {
      const wanted = typed === '' ? '1' : typed
      const value = TEMPLATE_NAMES.find((name, index) => name === wanted || String(index + 1) === wanted)
      return value === undefined ? { problem: `choose one of 1 to ${TEMPLATE_NAMES.length}` } : { value }
    },
  })
}
