#!/usr/bin/env node
// Scales the picture of its parent with the tool of image-tools. Installed dependencies are in $CPM_PACKAGES.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const {
  nodename,
  kwargs: { edge },
  in: [picture],
} = JSON.parse(readFileSync(0, 'utf8'))

if (process.env.CPM_PACKAGES === undefined) {
  console.error('image-tools is not installed: run cpm install first')
  process.exit(1)
}
const tool = path.join(process.env.CPM_PACKAGES, 'image-tools', 'bin', 'scale.mjs')
const file = path.resolve(`${nodename}.pgm`) // the working folder belongs to this node
writeFileSync(file, execFileSync(tool, [String(edge)], { input: picture }))
console.log(`wrote ${file}`)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([{ file, edge }]))
