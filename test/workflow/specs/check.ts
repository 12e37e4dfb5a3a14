import { checkSample, checkSpec } from '../../../src/workflow/specs/checks.ts'
import { render } from '../templates/harness.ts'
import type { InputDeclaration } from '../../../src/schema/input.ts'

const INPUTS: InputDeclaration[] = [{ key: 'name', type: 'string' }]

/** Renders and checks a document; problems and warnings are `line:column message`. */
export function check(text: string) {
  const { root, problems } = render([{ inputs: INPUTS, files: { 'main.yaml': text }, values: { name: 'x' } }])
  if (!root) return { spec: undefined, warnings: [], lines: problems.map(lineOf) }
  const { spec, problems: wrong, warnings } = checkSpec(root)
  return { spec, warnings: warnings.map(lineOf), lines: wrong.map(lineOf) }
}

/** Returns the problems of a document before its values are known. */
export function checkWithoutValues(text: string): string[] {
  const { sample, problems } = render([{ inputs: INPUTS, files: { 'main.yaml': text } }], { checkOnly: true })
  return [...problems, ...(sample ? checkSample(sample) : [])].map(lineOf)
}

function lineOf({ line, column, message }: { line: number; column: number; message: string }): string {
  return `${line}:${column} ${message}`
}
