import { nameIn } from '../../shared/fields';
import { parseJson } from '../../shared/json';
import type { Bundle } from './format';

/** A workflow that a bundle names by its id, which means nothing on another instance. */
export interface Reference {
	/** Of the node or segment. */
	in: string;
	workflow: string;
}

/** Fields that hold a workflow's id: of messages in rules, of a chosen journey, of a sub-workflow. */
const BY_ID: ReadonlySet<string> = new Set(['workflow', 'workflowId', 'journey']);
/** `<workflow>/<node>`: of the message that starts a journey. */
const STEP = /^([^/\s]+)\/[^/\s]+$/;

/** Each workflow once a place; expressions are not looked into. */
export function referencesOf({ workflow, segments }: Pick<Bundle, 'workflow' | 'segments'>): Reference[] {
	const places = [...workflow.nodes.map(({ name, parameters }) => ({ in: `node "${String(name)}"`, value: parameters })), ...segments.map(({ name, rule }) => ({ in: `segment "${name}"`, value: rule as unknown }))];
	return places.flatMap(({ in: place, value }) => [...new Set(idsIn(value))].map((id) => ({ in: place, workflow: id })));
}

function idsIn(value: unknown): string[] {
	if (typeof value === 'string') return /^\s*[[{]/.test(value) ? idsIn(parseJson(value)) : [];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
		const text = chosen(inner);
		if (text === null || text === '' || text.startsWith('=')) return idsIn(inner);
		if (BY_ID.has(key)) return [text];
		const [, id] = key === 'messageStep' ? (STEP.exec(text) ?? []) : [];
		return id === undefined ? idsIn(inner) : [id];
	});
}

/** A text, or what a list of n8n's holds. */
function chosen(value: unknown): string | null {
	if (typeof value === 'string') return value.trim();
	return typeof value === 'object' && value !== null && '__rl' in value ? nameIn(value) : null;
}
