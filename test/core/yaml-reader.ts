/** Reads YAML from each message, and replies with the number of problems and the first one, for yaml.test.ts. */
import { readYaml } from '../../src/core/yaml.ts'

process.on('message', (text: string) => {
  const { problems } = readYaml('message', text)
  process.send?.({ problems: problems.length, first: problems[0]?.message ?? '' })
})
