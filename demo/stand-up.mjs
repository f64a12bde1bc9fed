import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../scripts/setup/places.mjs';
import { step } from '../scripts/setup/progress.mjs';
import { startInbox } from './inbox.mjs';
import { layPack, packPack } from './lay-pack.mjs';
import { importWorkflow, OWNER, saveCredential, setUpOwner, waitForPublication } from './n8n-rest.mjs';
import { freePort } from './processes.mjs';
import { startN8n } from './start-n8n.mjs';

export const WRITE_KEY = 'demo-write-key';

/**
 * Who clicks at once and has a cart gets three mails within a day of their virtual clock, one more than the default cap allows.
 * The quiet hours stay: they are the person's own, and last 14 seconds.
 */
export const DEMO_SETTINGS = { caps: [{ channel: 'all', max: 6, perSeconds: 86_400 }] };

/**
 * Everything the demo needs, up and running: the inbox, n8n with the pack laid as a community install lays it, the
 * owner, credentials, and the workflows of workflows/, workflows/demo/ and demo/workflows/ imported and published.
 *
 * `home` is kept between starts: ports, people, mails, and what the person changed in the editor stay. A workflow is imported
 * again only when its file or the ports changed.
 *
 * @param {object} options
 * @param {string} options.home
 * @param {{ editor?: number, smtp?: number, inbox?: number, collector?: number }} [options.ports] Wishes; a port that is taken is replaced.
 * @param {Record<string, string>} [options.env] More environment for n8n.
 * @param {object} [options.settings] A change of the settings (Profile Engine: Settings, Set, as JSON). Default: the demo's.
 * @param {string} [options.journeys] Folder of the workflows to import, with those in its folder demo, if it has one. Default: workflows/ of the project.
 * @param {(made: { home: string, tarball: string }) => Promise<void>} [options.beside] Starts what n8n needs before it can run anything: workers of a queue. Called once n8n answers.
 */
export async function standUp({ home, ports: wishes = {}, env = {}, settings = DEMO_SETTINGS, journeys = join(root, 'workflows'), beside = async () => {} }) {
	mkdirSync(home, { recursive: true });
	const state = readState(home);
	const ports = await choosePorts({ ...state.ports, ...wishes });
	let tarball;
	await step('Pack (npm pack)', async () => void (tarball = await packPack()));
	await step('Install the pack as a community package', async () => ((await layPack({ userFolder: home, tarball })).changed ? undefined : 'unchanged'));

	let inbox, n8n;
	await step('Start the inbox', async () => void (inbox = await startInbox({ folder: join(home, 'inbox'), smtpPort: ports.smtp, webPort: ports.inbox })));
	await step('Start n8n', async () => void (n8n = await startN8n({ userFolder: home, port: ports.editor, env })));
	await beside({ home, tarball });
	const session = await setUpOwner(n8n);

	const workflows = {};
	await step('Import and publish the journeys', async () => {
		const credentials = await saveCredentials(session, ports);
		for (const file of workflowFiles(journeys)) {
			workflows[basename(file, '.json')] = await bringUp(session, { file, ports, credentials, state });
		}
	});
	await step('Set the caps', async () => void (await changeSettings(n8n, settings)));
	state.ports = ports;
	writeState(home, state);
	return { home, state, ports, inbox, n8n, session, workflows, owner: OWNER, collectorUrl: `http://127.0.0.1:${ports.collector}` };
}

/** By demo/workflows/settings.json. The same change again changes nothing. */
async function changeSettings(n8n, settings) {
	const response = await fetch(`${n8n.url}/webhook/journeys-demo-settings`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(settings),
	});
	if (!response.ok) throw new Error(`Setting the settings answered ${response.status}: ${(await response.text()).slice(0, 1_000)}`);
}

async function choosePorts(wanted) {
	const ports = {};
	for (const name of ['editor', 'smtp', 'inbox', 'collector']) {
		do ports[name] = await freePort(wanted[name]);
		while (Object.entries(ports).some(([other, port]) => other !== name && port === ports[name]));
	}
	return ports;
}

/** The collector first: without its route, senders refuse marketing mails. */
function workflowFiles(journeys) {
	const files = [journeys, join(journeys, 'demo'), join(root, 'demo', 'workflows')].filter(existsSync)
		.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, name)));
	return files.sort((one, other) => Number(basename(other) === 'collector.json') - Number(basename(one) === 'collector.json'));
}

async function saveCredentials(session, ports) {
	return {
		journeySmtpApi: await saveCredential(session, {
			name: 'Demo inbox',
			type: 'journeySmtpApi',
			data: { preset: 'custom', host: '127.0.0.1', port: ports.smtp, security: 'none', user: '', password: '', fromName: 'Tea & Cups', fromAddress: 'shop@example.com' },
		}),
		journeyCollectorApi: await saveCredential(session, {
			name: 'Demo shop',
			type: 'journeyCollectorApi',
			data: { writeKeys: { keys: [{ source: 'shop', writeKey: WRITE_KEY }] } },
		}),
	};
}

const CREDENTIAL_OF = { journeyEmail: 'journeySmtpApi', journeyCollectorTrigger: 'journeyCollectorApi' };

async function bringUp(session, { file, ports, credentials, state }) {
	const text = readFileSync(file, 'utf8');
	const hash = createHash('sha256').update(text).update(JSON.stringify(ports)).digest('hex');
	const name = basename(file, '.json');
	const content = JSON.parse(text);
	const known = state.workflows[name];
	if (known?.hash === hash) {
		await waitForPublication(session, known.id, content.name);
		return { id: known.id, content };
	}
	const adapt = (node) => {
		const type = node.type.split('.').at(-1);
		if (CREDENTIAL_OF[type]) node.credentials = { ...node.credentials, [CREDENTIAL_OF[type]]: credentials[CREDENTIAL_OF[type]] };
		if (type === 'journeyCollectorTrigger') {
			Object.assign(node.parameters, { port: ports.collector, host: '127.0.0.1', publicUrl: `http://127.0.0.1:${ports.collector}` });
		}
	};
	const { id } = await importWorkflow(session, { ...content, id: content.id ?? `demo-${name}` }, { credentials, adapt });
	state.workflows[name] = { id, hash };
	return { id, content };
}

const stateFile = (home) => join(home, 'demo-state.json');

function readState(home) {
	const fresh = { ports: {}, workflows: {}, imported: false, starts: 0 };
	return existsSync(stateFile(home)) ? { ...fresh, ...JSON.parse(readFileSync(stateFile(home), 'utf8')) } : fresh;
}

export function writeState(home, state) {
	writeFileSync(stateFile(home), JSON.stringify(state, null, 2));
}
