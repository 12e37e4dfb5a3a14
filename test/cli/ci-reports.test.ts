import { expect, test } from 'vitest'
import { junitXml } from '../../src/operations/packages/junit.ts'
import { Rig } from '../rig/rig.ts'

/** Makes a package whose tests fail, and one with an error in its workflow. */
async function rigWithMistakes(): Promise<Rig> {
  const rig = await Rig.create()
  await rig.cpm('init failing')
  const tests = rig.read('failing/tests/main.yaml').replace('["world"]', '["100%"]')
  rig.write({ 'failing/tests/main.yaml': tests })
  await rig.cpm('init wrong')
  rig.write({ 'wrong/workflows/main.yaml': rig.read('wrong/workflows/main.yaml').replace('inputs.name', 'inputs.nam') })
  return rig
}

test('test and validate annotate the lines with mistakes on GitHub, and only there', async () => {
  await using rig = await rigWithMistakes()
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: rig.root }
  const failing = await rig.cpm('test failing', { env })
  expect(failing.stderr.split('\n')[0]).toBe(
    '::error file=failing/tests/main.yaml,line=5,col=9,title=TESTS_FAILED::spec.functions[0].args == ["100%25"] is false',
  )
  // The same lines, from within the package.
  const wrong = await rig.cpm('validate', { env, cwd: rig.path('wrong') })
  const lines = wrong.stderr.split('\n').filter((line) => line.startsWith('::'))
  expect(lines).toEqual([
    '::warning file=wrong/colony.yaml,line=9,col=5,title=PACKAGE_DOUBTFUL::no expression reads the input name',
    '::error file=wrong/workflows/main.yaml,line=5,col=22,title=MANIFEST_INVALID::there is no input nam; did you mean name?',
  ])
  expect((await rig.cpm('validate wrong')).stderr).not.toContain('::')
  const json = await rig.cpm('validate wrong --json', { env })
  expect([json.json.success, json.stderr]).toEqual([false, expect.stringContaining('::error file=wrong/workflows')])
})

test('--junit writes the results of test and validate, whether or not they pass', async () => {
  await using rig = await rigWithMistakes()
  const report = async (line: string) => {
    const { code } = await rig.cpm(`${line} --junit report.xml`)
    return [code, rig.read('report.xml')] as const
  }
  const [failed, tests] = await report('test failing')
  expect(failed).toBe(1)
  expect(tests).toContain('<testsuites name="cpm test" tests="3" failures="1">')
  expect(tests).toContain('<testcase classname="tests/main.yaml" name="greets the given name" file="tests/main.yaml"/>')
  expect(tests).toContain('<failure message="tests/main.yaml:5:9 spec.functions[0].args == [&quot;100%&quot;')
  expect((await report('validate wrong'))[1]).toContain('name="there is no input nam; did you mean name?"')
  const [passed, valid] = await report('validate failing')
  expect([passed, valid.includes('name="failing@0.1.0 is valid" file="colony.yaml"/>')]).toEqual([0, true])
  const [missing, none] = await report('test nowhere')
  expect([missing > 0, none.includes('failures="1"')]).toEqual([true, true])
})

test('a report is XML whatever a test is called', () => {
  const xml = junitXml('x', [{ suite: 'a"b', name: '<&\u0000\ud800>', failures: ['one\ntwo', ']]>'] }])
  expect(xml).toContain('classname="a&quot;b" name="&lt;&amp;\ufffd\ufffd&gt;"')
  expect(xml).toContain('<failure message="one">one\ntwo\n]]&gt;</failure>')
})
