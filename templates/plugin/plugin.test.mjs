import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testPlugin } from 'colony-cpm/plugin/testing'
import plugin from './plugin.mjs'

const event = { project: '/project', packages: [{ name: 'a', version: '1.0.0', from: null }] }

test('logs each package', async () => {
  const tested = testPlugin(plugin)
  await tested.fire('onPreInstall', event)
  assert.deepEqual(tested.logged, ['a 1.0.0'])
})

test('refuses a blocked package', async () => {
  const tested = testPlugin(plugin, { options: { blocked: ['a'] } })
  const { refuse } = await tested.fire('onPreInstall', event)
  assert.deepEqual(refuse, [{ package: 'a', reason: 'is blocked by your settings' }])
})

test('counts packages', async () => {
  const tested = testPlugin(plugin, { operations: { list: () => ({ packages: [{}, {}] }) } })
  const { text } = await tested.run('my-plugin', { loud: true })
  assert.equal(text, '2 packages!')
})
