#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'node:fs'

// The arguments of the node arrive on stdin.
const { args } = JSON.parse(readFileSync(0, 'utf8'))
const [name, times] = args

const greetings = Array.from({ length: times }, () => `hello, ${name}`)
console.log(greetings.join('\n')) // goes to stdout.log

// The output for the nodes that depend on this one is an array.
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(greetings))
