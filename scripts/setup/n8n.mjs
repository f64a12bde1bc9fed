import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { layNode24, loads, runInstallScript } from './dependencies.mjs';
import { isInstalled } from './installed.mjs';
import { demoInbox, demoN8n, node24Environment, node24Headers } from './places.mjs';
import { SetupError, step } from './progress.mjs';
import { quietly } from './run.mjs';

/**
 * The pinned n8n, in a folder and with a lock file of its own: its 1,000 packages stay out of the project's.
 * Without --ignore-scripts it does not install: @confluentinc/kafka-javascript wants librdkafka.
 */
export async function installN8n() {
	await step(
		'n8n 2.41.1 (npm ci in demo/n8n; about 3 minutes, 2 GB)',
		() =>
			quietly('n8n-npm-ci', 'npm', ['ci', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'], {
				cwd: demoN8n,
				env: node24Environment(),
			}),
		{ done: () => isInstalled(demoN8n), why: 'demo/n8n/node_modules matches its lock file' },
	);
	await step('Native parts of n8n: sqlite3, isolated-vm (about 1 minute)', compileNativeParts, { done: nativePartsLoad, why: 'they load' });
}

const NATIVE = ['sqlite3', 'isolated-vm'];

function nativePartsLoad() {
	return NATIVE.every((name) => loads(name, demoN8n));
}

async function compileNativeParts() {
	if (!node24Headers()) await layNode24();
	const env = {
		// Beats a nodedir that the person's own ~/.npmrc sets: other headers give a binary that crashes.
		npm_config_nodedir: node24Headers(),
		JOBS: String(cpus().length),
		MAKEFLAGS: `-j${cpus().length}`,
	};
	for (const name of NATIVE.filter((each) => !loads(each, demoN8n))) {
		rmSync(join(demoN8n, 'node_modules', name, 'build'), { recursive: true, force: true });
		await runInstallScript(name, demoN8n, { script: 'rebuild', env });
	}
	if (!nativePartsLoad()) throw new SetupError('sqlite3 or isolated-vm of demo/n8n does not load under Node 24; see .demo/logs/install-*.log.');
}

/** The local inbox: MailDev, also with a lock file of its own. */
export async function installInbox() {
	await step(
		'Local inbox (npm ci in demo/inbox)',
		() =>
			quietly('inbox-npm-ci', 'npm', ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'], {
				cwd: demoInbox,
				env: node24Environment(),
			}),
		{ done: () => isInstalled(demoInbox), why: 'demo/inbox/node_modules matches its lock file' },
	);
}
