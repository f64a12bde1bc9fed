import { importWorkflow } from '../../demo/n8n-rest.mjs';
import type { Stand, Workflow, WorkflowNode } from './stand';

/** A workflow as it is saved, drawn by the test itself. */
export interface Drawing extends Workflow {
	connections: Record<string, { main: Array<Array<{ node: string; type: 'main'; index: 0 }>> }>;
	settings: Record<string, unknown>;
}

export type DrawnNode = WorkflowNode & { typeVersion: number; position: [number, number]; webhookId?: string };

export const SETTINGS = { executionOrder: 'v1', saveDataSuccessExecution: 'none' };

/** How a name is chosen in a resource locator. */
export const named = (value: string) => ({ __rl: true, mode: 'name', value });

/** A line from an output to each of these nodes. */
export const to = (...names: string[]) => names.map((node) => ({ node, type: 'main' as const, index: 0 as const }));

export const idOf = (name: string) => `drawn-${name.toLowerCase().replaceAll(' ', '-')}`;

export function step(type: string, name: string, x: number, y: number, parameters: DrawnNode['parameters'], id = idOf(name)): DrawnNode {
	return { id, name, type: `n8n-nodes-journeys.${type}`, typeVersion: 1, position: [x, y], parameters };
}

export function mail(name: string, x: number, y: number, subject = name, id = idOf(name)): DrawnNode {
	return step('journeyEmail', name, x, y, {
		purpose: 'marketing', topic: '', fromName: 'Drawn', fromAddress: 'drawn@example.com', contentSource: 'html', subject, preheader: '',
		html: '<p>For {{ profile.email }}</p><p><a href="{{ links.unsubscribeUrl }}">Unsubscribe</a></p>', options: {},
	}, id);
}

/** Answers a POST to `<n8n>/webhook/<path>` with what the last node puts out. */
export function hook(name: string, path: string, y: number): DrawnNode {
	return { id: idOf(name), name, type: 'n8n-nodes-base.webhook', typeVersion: 2, position: [0, y], webhookId: idOf(`${name} hook`), parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', options: {} } };
}

/** Saved and published, as in the editor; what sends goes by the stand's inbox. */
export async function bringUp(stand: Stand, drawing: Drawing): Promise<void> {
	const known = (await stand.session.request('GET', 'credentials')) as Array<{ id: string; name: string; type: string }>;
	const smtp = known.find(({ type }) => type === 'journeySmtpApi');
	await importWorkflow(stand.session, drawing, { adapt: (node: DrawnNode & { credentials?: object }) => {
		if (node.type.endsWith('.journeyEmail')) node.credentials = { journeySmtpApi: { id: smtp?.id, name: smtp?.name } };
	} });
}
