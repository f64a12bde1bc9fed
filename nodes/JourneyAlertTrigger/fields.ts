import type { IExecuteFunctions, INodeProperties, ITriggerFunctions } from 'n8n-workflow';

import type { AlertFilter, AlertKind } from '../../engine';
import { EngineError } from '../../engine';
import { settingsInForceField } from '../shared/fields';

const KINDS: Record<AlertKind, { name: string; description: string }> = {
	account: { name: 'Account Refused', description: 'The provider refuses the credential of a sender, or cannot be reached' },
	bounces: { name: 'Bounces', description: 'More messages bounce than is usual or allowed' },
	complaints: { name: 'Complaints', description: 'More messages are marked as spam than is usual or allowed' },
	entries: { name: 'Entries', description: 'More people enter within an hour than is usual or allowed' },
	entryCap: { name: 'Entry Cap Reached', description: 'A journey paused itself since more people entered than its entry cap allows' },
	failures: { name: 'Failures', description: 'More messages and people fail than is usual or allowed' },
	held: { name: 'People Held', description: 'People wait for somebody to look at why they failed' },
	stalled: { name: 'People Not Moving', description: 'People are due and nobody moves, for example because a workflow is not published any more' },
	sendingStopped: { name: 'Sending Stopped', description: 'Nothing is sent in any journey: by hand, or because the database was copied or restored' },
	unsubscribes: { name: 'Unsubscribes', description: 'More people unsubscribe than is usual or allowed' },
};

export const properties: INodeProperties[] = [
	{
		displayName: 'When a journey needs attention is set in Profile Engine (Settings: Alerts), and for one journey in the options of its Journey Trigger. A crossing is told once, until it is over.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Kinds',
		name: 'kinds',
		type: 'multiOptions',
		noDataExpression: true,
		options: Object.entries(KINDS).map(([value, { name, description }]) => ({ name, value, description })),
		default: [],
		description: 'Which alerts start this workflow. None chosen: all.',
	},
	{
		displayName: 'Workflow IDs',
		name: 'workflows',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. 4Xy7QkT2, 9AbCdEf1',
		description: 'Of the journeys to be told of, separated by commas; the ID is at the end of a workflow\'s address. Empty: all. What concerns all journeys is told in any case.',
	},
	{
		displayName: 'Also When It Is Over',
		name: 'resolved',
		type: 'boolean',
		noDataExpression: true,
		default: false,
		description: 'Whether to start a second time when an alert is over. The item then says "resolved" in the field news.',
	},
	settingsInForceField(['alerts']),
];

/** Throws BAD_INPUT. */
export function filterOf(context: IExecuteFunctions | ITriggerFunctions): AlertFilter {
	const { kinds = [], workflows = '', resolved = false } = context.getNode().parameters;
	const chosen = Array.isArray(kinds) ? kinds.map(String) : [];
	if (!chosen.every(isKind)) throw new EngineError('BAD_INPUT', 'Kinds has an alert that there is not. Choose from the list.');
	return { kinds: chosen, workflows: String(workflows).split(',').map((id) => id.trim()).filter((id) => id !== ''), resolved: resolved === true };
}

function isKind(kind: string): kind is AlertKind {
	return Object.hasOwn(KINDS, kind);
}
