import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Every folder the scripts work in. Nothing outside `root` is ever written. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const demoN8n = join(root, 'demo', 'n8n');
export const demoInbox = join(root, 'demo', 'inbox');
export const contractPrism = join(root, 'test', 'contract', 'prism');
/** The delivery services' published OpenAPI descriptions: reference data beside the project, not part of it. */
export const descriptions = process.env.JOURNEYS_OPENAPI ?? join(root, '..', 'shared', 'reference', 'openapi');
/** Git-ignored: user folders, caches and logs of everything that is started. */
export const scratch = join(root, '.demo');
export const logs = join(scratch, 'logs');

const nodePackage = join(root, 'node_modules', 'node');

/** Node 24, from the npm package `node`: n8n >= 2.38 refuses anything older. */
export const node24 = join(nodePackage, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * The folder with include/node that belongs to node24 (node-gyp then downloads nothing), or undefined: an `npm install`
 * in the project prunes it, and leaves the binary.
 */
export function node24Headers() {
	const inner = join(nodePackage, 'node_modules');
	const folders = existsSync(inner) ? readdirSync(inner).map((name) => join(inner, name)) : [];
	return folders.find((folder) => existsSync(join(folder, 'include', 'node', 'node.h')));
}

/**
 * Environment in which `node`, `npm` and everything they start are Node 24. Variables that npm set for the
 * script we were started by are left out: they name another Node's headers and another package.
 */
export function node24Environment(extra = {}) {
	const env = {};
	for (const [name, value] of Object.entries(process.env)) {
		if (!/^npm_(package|lifecycle|node_execpath|config_(nodedir|node_gyp|local_prefix|prefix))/i.test(name)) env[name] = value;
	}
	const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
	env[pathName] = [dirname(node24), env[pathName]].join(delimiter);
	return { ...env, ...extra };
}
