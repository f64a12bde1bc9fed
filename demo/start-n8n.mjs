import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { demoN8n, node24, node24Environment } from '../scripts/setup/places.mjs';
import { answers, freePort, startGroup, waitUntil } from './processes.mjs';

/**
 * @typedef {import('./processes.mjs').Group & { url: string, port: number, userFolder: string, logFile: string }} RunningN8n
 *   `url` is the editor's address without a trailing slash; webhooks are below `<url>/webhook/`.
 */

/**
 * Starts the pinned real n8n of demo/n8n and waits until it answers. Its database, configuration and community
 * packages are under `<userFolder>/.n8n`. Stop it with `.stop()` (SIGTERM, as a restart does) or `.kill()` (SIGKILL).
 * No setting of the person's own N8N_*, DB_* or EXECUTIONS_* environment reaches it.
 *
 * @param {object} options
 * @param {string} options.userFolder Made when absent.
 * @param {number} [options.port] Default: a free one.
 * @param {Record<string, string>} [options.env] More environment; wins over the defaults.
 * @param {string} [options.logFile] Default `<userFolder>/n8n.log`; appended to, so that restarts stay readable.
 * @param {number} [options.timeoutMs] Until it is ready. Default 180,000 (the first start migrates).
 * @returns {Promise<RunningN8n>} Throws with the end of the log when it does not come up.
 */
export async function startN8n({ userFolder, port, env = {}, logFile = join(userFolder, 'n8n.log'), timeoutMs = 180_000 }) {
	mkdirSync(userFolder, { recursive: true });
	const chosen = port ?? (await freePort());
	const environment = await n8nEnvironment({ userFolder, port: chosen, env });
	const group = startGroup(node24, [n8nProgram, 'start'], { cwd: userFolder, env: environment, logFile, append: true });
	const n8n = { ...group, url: `http://127.0.0.1:${chosen}`, port: chosen, userFolder, logFile };
	try {
		await waitForHealth(n8n, { timeoutMs });
	} catch (error) {
		await group.kill();
		throw error;
	}
	return n8n;
}

/** n8n's command line program, for `node24`: `[n8nProgram, 'export:workflow', …]`. */
export const n8nProgram = join(demoN8n, 'node_modules', 'n8n', 'bin', 'n8n');

/**
 * The environment of a demo n8n: Node 24 first on the PATH, nothing phones home, plain HTTP allowed.
 * @returns {Promise<Record<string, string>>}
 */
export async function n8nEnvironment({ userFolder, port, env = {} }) {
	const clean = Object.fromEntries(
		Object.entries(node24Environment()).filter(([name]) => !/^(N8N_|DB_|EXECUTIONS_|QUEUE_|JOURNEYS_|WEBHOOK_URL|GENERIC_TIMEZONE)/.test(name)),
	);
	return {
		...clean,
		N8N_USER_FOLDER: userFolder,
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_WEBHOOK_URL: `http://127.0.0.1:${port}/`,
		N8N_EDITOR_BASE_URL: `http://127.0.0.1:${port}`,
		// Its default 5679 is taken as soon as two n8n run beside each other.
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		// Under load the runner of Code nodes starts slowly: with the default of 60 s people were held ("Task request timed out").
		N8N_RUNNERS_TASK_REQUEST_TIMEOUT: '300',
		N8N_RUNNERS_AUTO_SHUTDOWN_TIMEOUT: '3600',
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		// It asks n8n's servers for a list of MCP servers and logs an error when they cannot be reached.
		N8N_DISABLED_MODULES: 'mcp-registry',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'true',
		...env,
	};
}

/**
 * Waits until n8n has migrated its database and answers, and its workflows are active.
 * @param {RunningN8n} n8n
 */
export async function waitForHealth(n8n, { timeoutMs = 180_000 } = {}) {
	await waitUntil('n8n starts', () => answers(`${n8n.url}/healthz/readiness`), { timeoutMs, group: n8n });
}
