#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'

// What the node is asked to do comes in on stdin.
const { args } = JSON.parse(readFileSync(0, 'utf8'))
const [name, times] = args

const greetings = Array.from({ length: times }, () => `hello, ${name}`)
console.log(greetings.join('\n')) // into stdout.log

// What it hands to its children goes out as an array.
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(greetings))
