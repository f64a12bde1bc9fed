import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fingerprint } from '../scripts/setup/fingerprint.mjs';
import { node24Environment, root, scratch } from '../scripts/setup/places.mjs';

const run = promisify(execFile);

/**
 * `npm pack` of this project (build it first). Nothing is done when the tarball of the same build is there.
 * @returns {Promise<string>} Path of the tarball, under .demo/pack/.
 */
export async function packPack() {
	const print = fingerprint(['dist', 'package.json', 'README.md', 'CHANGELOG.md']);
	const destination = join(scratch, 'pack', print.slice(0, 20));
	const packed = existsSync(destination) ? readdirSync(destination).find((name) => name.endsWith('.tgz')) : undefined;
	if (packed) return join(destination, packed);
	dropOld();
	const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	const part = mkdtempSync(join(mkdirAll(join(scratch, 'pack')), 'part-'));
	await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', part], { cwd: root, env: node24Environment() });
	rmSync(destination, { recursive: true, force: true });
	renameSync(part, destination);
	return join(destination, `${name}-${version}.tgz`);
}

/** Tarballs of older builds, but none that a demo that has just started may still unpack. */
function dropOld() {
	const folder = mkdirAll(join(scratch, 'pack'));
	for (const name of readdirSync(folder)) {
		if (Date.now() - statSync(join(folder, name)).mtimeMs > 3_600_000) rmSync(join(folder, name), { recursive: true, force: true });
	}
}

function mkdirAll(folder) {
	mkdirSync(folder, { recursive: true });
	return folder;
}

/**
 * Lays the pack into an n8n's user folder exactly as n8n's community install does (2.41, community-packages.service,
 * downloadPackage): unpack into nodes/node_modules/<name>, drop dev-, peer- and optionalDependencies, `npm install`
 * there with a shallow tree and without scripts, and note it in nodes/package.json. n8n loads what it finds there and
 * never removes it. Nothing is done when this very tarball already lies there.
 *
 * The installed dependencies are cached under .demo/cache by what they depend on, since they take most of the time.
 * @param {{ userFolder: string, tarball: string }} options
 * @returns {Promise<{ folder: string, changed: boolean }>}
 */
export async function layPack({ userFolder, tarball }) {
	const downloads = join(userFolder, '.n8n', 'nodes');
	mkdirSync(downloads, { recursive: true });
	const digest = createHash('sha256').update(readFileSync(tarball)).digest('hex');

	const unpacked = mkdtempSync(join(downloads, '.unpack-'));
	await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
	const manifest = communityManifest(join(unpacked, 'package.json'));
	const folder = join(downloads, 'node_modules', manifest.name);
	const stamp = join(folder, '.laid');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) {
		rmSync(unpacked, { recursive: true });
		return { folder, changed: false };
	}
	writeFileSync(join(unpacked, 'package.json'), JSON.stringify(manifest, null, 2));
	await installDependencies(unpacked, manifest);
	writeFileSync(join(unpacked, '.laid'), digest);

	rmSync(folder, { recursive: true, force: true });
	mkdirSync(join(downloads, 'node_modules'), { recursive: true });
	renameSync(unpacked, folder);
	noteInLedger(join(downloads, 'package.json'), manifest);
	return { folder, changed: true };
}

function communityManifest(file) {
	const { devDependencies: _dev, peerDependencies: _peer, optionalDependencies: _optional, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
	return manifest;
}

async function installDependencies(folder, manifest) {
	const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
	const key = createHash('sha256').update(JSON.stringify(manifest.dependencies ?? {})).update(lock).digest('hex').slice(0, 20);
	const cached = join(scratch, 'cache', `dependencies-${key}`);
	if (!existsSync(cached)) {
		const options = ['--audit=false', '--fund=false', '--bin-links=false', '--install-strategy=shallow', '--ignore-scripts=true', '--package-lock=false'];
		await run('npm', ['install', ...options], { cwd: folder, env: node24Environment(), maxBuffer: 2 ** 26 });
		if (!existsSync(join(folder, 'node_modules'))) return;
		mkdirSync(join(scratch, 'cache'), { recursive: true });
		// Through a temporary name: a copy that is cut short must not be taken for the cache.
		cpSync(join(folder, 'node_modules'), `${cached}.part`, { recursive: true });
		renameSync(`${cached}.part`, cached);
		return;
	}
	cpSync(cached, join(folder, 'node_modules'), { recursive: true });
}

/** The list by which n8n knows what it downloaded. */
function noteInLedger(file, manifest) {
	const ledger = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { name: 'installed-nodes', private: true, dependencies: {} };
	ledger.dependencies = { ...ledger.dependencies, [manifest.name]: manifest.version };
	writeFileSync(file, JSON.stringify(ledger, null, 2));
}
