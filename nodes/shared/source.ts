import type { IExecuteFunctions } from 'n8n-workflow';

/** What the engine takes as a source (consent/set.ts) and keeps as who did something (privacy/audit.ts). In characters. */
const LONGEST = 200;

/**
 * Who makes a call, for the audit log and whatever else the engine keeps of it: `n8n workflow <id>, node "<name>"`. The workflow by
 * its id, which stays when it is renamed. Never whoever runs it, and no address that somebody put into the node's name: the log
 * outlives the erasure of a person.
 */
export function sourceOf(context: IExecuteFunctions): string {
	const { id } = context.getWorkflow();
	const workflow = id === undefined || id === '' ? 'n8n workflow' : `n8n workflow ${String(id)}`;
	const room = LONGEST - `${workflow}, node ""`.length;
	return `${workflow}, node "${shortened(context.getNode().name.replace(/\S+@\S+/g, '…').replace(/[\p{Cc}\p{Cs}]/gu, ' '), room)}"`;
}

/** What was filled in under Source, else who makes the call. `initial`: the field's default, which n8n does not tell from nothing filled in. */
export function sourceOr(context: IExecuteFunctions, given: unknown, initial: string): string {
	const chosen = typeof given === 'string' ? given.trim() : '';
	return chosen === '' || chosen === initial ? sourceOf(context) : chosen;
}

/** Never cuts a character in two: half of one cannot be stored. */
function shortened(text: string, room: number): string {
	if (text.length <= room) return text;
	let short = '';
	for (const character of text) {
		if (short.length + character.length >= room) break;
		short += character;
	}
	return `${short}…`;
}
