import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { node24, root, scratch } from '../../../scripts/setup/places.mjs';
import { main, say } from '../../../scripts/setup/progress.mjs';
import { BREAKS } from './breaks.mjs';
import { testsOfRules } from './rules.ts';

/**
 * `npm run break-rules -- [--rule 7]` after the set-up; runs under Node 24. Makes each break in the sources, runs the tests that name the
 * rule, and puts the line back, also after Ctrl-C. Exit code 1 when they stay green, or are red as it is. Build nothing meanwhile.
 */
const { values: flags } = parseArgs({ options: { rule: { type: 'string' } } });
const report = join(scratch, 'break-rules.json');
const tests = testsOfRules(join(root, 'test'));
const require = createRequire(import.meta.url);
let restore = () => undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (restore(), process.exit(130)));

await main(async () => {
	mkdirSync(scratch, { recursive: true });
	// One server for all of the runs: jest finds its address in the environment.
	await require('../start-postgres.cjs')();
	const chosen = BREAKS.filter(({ rule }) => flags.rule === undefined || rule === Number(flags.rule));
	const red = [];
	const survivors = [];
	for (const rule of new Set(chosen.map((one) => one.rule))) {
		if (!(await isGreen(rule))) red.push(rule);
		else for (const one of chosen) if (one.rule === rule && !(await isNoticed(one))) survivors.push(one);
	}
	await require('../stop-postgres.cjs')();
	say(`${chosen.length} breaks, ${survivors.length} of them unnoticed; ${red.length} rules red without one`);
	return red.length + survivors.length > 0 ? 1 : 0;
});

async function isGreen(rule) {
	const { failed, passed } = await testsNaming(rule);
	if (failed.length === 0 && passed > 0) return true;
	say(`rule ${rule} is red as it is: ${failed.join('; ') || 'no test ran'}`);
	return false;
}

async function isNoticed({ rule, file, line, broken }) {
	const path = join(root, file);
	const text = readFileSync(path, 'utf8');
	const parts = text.split(line);
	if (parts.length !== 2) throw new Error(`${file} has this line ${parts.length - 1} times, not once: ${line}`);
	restore = () => writeFileSync(path, text);
	try {
		writeFileSync(path, parts.join(broken));
		const { failed } = await testsNaming(rule);
		say(`rule ${rule}, ${file}\n    ${line}\n    became ${broken === '' ? 'nothing' : broken}\n    ${failed.length === 0 ? 'NOBODY NOTICED' : failed.map((title) => `red: ${title}`).join('\n    ')}`);
		return failed.length > 0;
	} finally {
		restore();
	}
}

/** Titles of those that fail; a file that cannot be run at all is one of them. */
async function testsNaming(rule) {
	rmSync(report, { force: true });
	const files = new Set(tests.filter(({ rules }) => rules.includes(rule)).map(({ file }) => join(root, 'test', file)));
	const named = `rules? ([0-9, and]*[^0-9])?${rule}([^0-9]|$)`;
	const jest = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--config', 'jest.config.js', '--forceExit', '--silent', '--json', `--outputFile=${report}`, '-t', named, ...files];
	await once(spawn(node24, ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', ...jest], { cwd: root, stdio: 'ignore' }), 'exit');
	const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
	const results = testResults.flatMap(({ assertionResults }) => assertionResults);
	const unrun = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed')).map(({ name }) => name);
	return { failed: [...new Set([...results.filter(({ status }) => status === 'failed').map(({ title }) => title), ...unrun])], passed: results.filter(({ status }) => status === 'passed').length };
}
