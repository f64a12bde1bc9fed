import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { node24, root } from '../../../scripts/setup/places.mjs';
import { main, say } from '../../../scripts/setup/progress.mjs';
import { BREAKS } from './breaks.mjs';
import { testsOfRules } from './rules.ts';

/**
 * `npm run break-rules -- [--rule 7 --rule 8]` after the set-up; runs under Node 24. Makes each break in the sources, runs the tests that name the
 * rule until one of their files fails, and puts the line back, also after Ctrl-C. Exit code 1 when they stay green, or are red as it is.
 * Build nothing meanwhile.
 */
const { values: flags } = parseArgs({ options: { rule: { type: 'string', multiple: true } } });
const tests = testsOfRules(join(root, 'test'));
const require = createRequire(import.meta.url);
let restore = () => undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (restore(), process.exit(130)));

await main(async () => {
	// One server for all of the runs: jest finds its address in the environment.
	await require('../start-postgres.cjs')();
	const chosen = BREAKS.filter(({ rule }) => flags.rule === undefined || flags.rule.map(Number).includes(rule));
	const red = await failing(new Set(chosen.map(({ rule }) => rule)));
	for (const title of red) say(`red as it is: ${title}`);
	const survivors = [];
	if (red.length === 0) for (const one of chosen) if (!(await isNoticed(one))) survivors.push(one);
	await require('../stop-postgres.cjs')();
	say(`${chosen.length} breaks, ${survivors.length} of them unnoticed; ${red.length} tests red without one`);
	return red.length + survivors.length > 0 ? 1 : 0;
});

async function isNoticed({ rule, file, line, broken }) {
	const path = join(root, file);
	const text = readFileSync(path, 'utf8');
	const parts = text.split(line);
	if (parts.length !== 2) throw new Error(`${file} has this line ${parts.length - 1} times, not once: ${line}`);
	restore = () => writeFileSync(path, text);
	try {
		writeFileSync(path, parts.join(broken));
		const failed = await failing(new Set([rule]), '--bail');
		say(`rule ${rule}, ${file}\n    ${line}\n    became ${broken === '' ? 'nothing' : broken}\n    ${failed.length === 0 ? 'NOBODY NOTICED' : failed.map((title) => `red: ${title}`).join('\n    ')}`);
		return failed.length > 0;
	} finally {
		restore();
	}
}

/** Titles of those tests that name one of these rules and fail; a file that cannot be run at all is one of them. */
async function failing(rules, ...flagsOfJest) {
	const files = new Set(tests.filter((test) => test.rules.some((rule) => rules.has(rule))).map(({ file }) => join(root, 'test', file)));
	const named = `rules? ([0-9, and]*[^0-9])?(${[...rules].join('|')})([^0-9]|$)`;
	const jest = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--config', 'jest.config.js', '--forceExit', '--silent', '--verbose', ...flagsOfJest, '-t', named, '--runTestsByPath', ...files];
	const child = spawn(node24, ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', ...jest], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
	const said = [];
	child.stderr.on('data', (chunk) => said.push(chunk));
	const [code] = await once(child, 'close');
	// Not jest's JSON: with --bail it writes none.
	const titles = [...Buffer.concat(said).toString().matchAll(/^ *✕ (.+?)(?: \(\d+ ms\))?$/gm)].map(([, title]) => title);
	return code === 0 ? [] : [...new Set(titles.length > 0 ? titles : ['a file could not be run'])];
}
