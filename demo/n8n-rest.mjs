import { waitUntil } from './processes.mjs';

/** What a person does in the editor's browser, over the same REST endpoints: sign in, import, publish. */

export const OWNER = { email: 'owner@example.com', firstName: 'Demo', lastName: 'Owner', password: 'Journeys-2-demo' };

/**
 * @typedef {object} Session
 * @property {(method: string, path: string, body?: unknown) => Promise<any>} request `path` below /rest; returns n8n's `data`.
 * @property {string} cookie The Cookie header of the session.
 */

/**
 * Creates the owner account of a fresh n8n, or signs in when there is one.
 * @param {{ url: string }} n8n
 * @param {typeof OWNER} [owner]
 * @returns {Promise<Session>}
 */
export async function setUpOwner(n8n, owner = OWNER) {
	const settings = await (await fetch(`${n8n.url}/rest/settings`)).json();
	const isFresh = settings.data.userManagement.showSetupOnFirstLoad;
	const response = isFresh
		? await post(`${n8n.url}/rest/owner/setup`, owner)
		: await post(`${n8n.url}/rest/login`, { emailOrLdapLoginId: owner.email, password: owner.password });
	if (!response.ok) throw new Error(`n8n did not let ${owner.email} in (${response.status}): ${await response.text()}`);
	const cookie = response.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ');
	return { cookie, request: (method, path, body) => request(n8n, cookie, method, path, body) };
}

async function post(url, body) {
	return await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

/** On a busy machine n8n answers 503 for a while, before it has done anything. */
const NOT_READY_MS = 60_000;

async function request(n8n, cookie, method, path, body) {
	const ask = async () => await fetch(`${n8n.url}/rest/${path}`, {
		method,
		headers: { cookie, 'content-type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const untilMs = performance.now() + NOT_READY_MS;
	let response = await ask();
	while (response.status === 503 && performance.now() < untilMs) {
		await new Promise((resolve) => setTimeout(resolve, 500));
		response = await ask();
	}
	const text = await response.text();
	if (!response.ok) throw new Error(`n8n refused ${method} /rest/${path} (${response.status}): ${text.slice(0, 2_000)}`);
	return text === '' ? undefined : JSON.parse(text).data;
}

/**
 * Creates a credential, or replaces the data of the one with this name and type.
 * @param {Session} session
 * @param {{ name: string, type: string, data: Record<string, unknown> }} credential
 * @returns {Promise<{ id: string, name: string }>}
 */
export async function saveCredential(session, credential) {
	const known = await session.request('GET', 'credentials');
	const existing = known.find(({ name, type }) => name === credential.name && type === credential.type);
	const saved = existing
		? await session.request('PATCH', `credentials/${existing.id}`, credential)
		: await session.request('POST', 'credentials', credential);
	return { id: saved.id, name: credential.name };
}

/**
 * Imports a workflow file's content and publishes it. A workflow with the same id is overwritten.
 * @param {Session} session
 * @param {object} workflow As n8n exports it; its `id` is kept when it has one.
 * @param {{ credentials?: Record<string, { id: string, name: string }>, adapt?: (node: any) => void, publish?: boolean }} [options]
 *   `credentials`: by credential type, put into every node that asks for that type. `adapt` may change each node.
 * @returns {Promise<{ id: string }>}
 */
export async function importWorkflow(session, workflow, { credentials = {}, adapt = () => {}, publish = true } = {}) {
	const nodes = structuredClone(workflow.nodes);
	for (const node of nodes) {
		for (const type of Object.keys(node.credentials ?? {})) {
			if (credentials[type]) node.credentials[type] = credentials[type];
		}
		adapt(node);
	}
	const { name, connections, settings = {}, meta } = workflow;
	const content = { name, nodes, connections, settings, ...(meta ? { meta } : {}) };
	const exists = workflow.id !== undefined && (await session.request('GET', `workflows/${workflow.id}/exists`))?.exists;
	const saved = exists
		? await session.request('PATCH', `workflows/${workflow.id}?forceSave=true`, content)
		: await session.request('POST', 'workflows', { ...content, ...(workflow.id ? { id: workflow.id } : {}) });
	if (publish) {
		await session.request('POST', `workflows/${saved.id}/activate`, { versionId: saved.versionId });
		await waitForPublication(session, saved.id, name);
	}
	return { id: saved.id };
}

/**
 * n8n publishes in the background, also at every start: waits until all triggers of a workflow are up.
 * Throws with the trigger's own message when one cannot be activated.
 * @param {Session} session @param {string} id @param {string} [name] For the message.
 */
export async function waitForPublication(session, id, name = id) {
	await waitUntil(`Publishing the workflow "${name}"`, async () => {
		const { status, triggers } = await session.request('GET', `workflows/${id}/publication-status`);
		const failed = triggers.filter((trigger) => trigger.status === 'failed');
		if (status === 'failed' || status === 'partial') {
			throw new Error(`n8n could not publish "${name}": ${failed.map((trigger) => trigger.errorMessage).join('; ')}`);
		}
		return status === 'published';
	});
}
