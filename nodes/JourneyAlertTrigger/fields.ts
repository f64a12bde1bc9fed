import type { IExecuteFunctions, INodeProperties, ITriggerFunctions } from 'n8n-workflow';

import type { AlertFilter, AlertKind } from '../../engine';
import { EngineError } from '../../engine';
import { entriesIn, nameIn, nameLocator, settingsInForceField } from '../shared/fields';

const KINDS: Record<AlertKind, { name: string; description: string }> = {
	account: { name: 'Account Refused', description: 'The provider refuses the credential of a sender, or cannot be reached' },
	bounces: { name: 'Bounces', description: 'More messages bounce than is usual or allowed' },
	complaints: { name: 'Complaints', description: 'More messages are marked as spam than is usual or allowed' },
	couponsLow: { name: 'Coupons Low', description: 'A coupon pool has no more codes than it warns at' },
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
		displayName: 'Only Journeys',
		name: 'journeys',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Journey',
		default: {},
		description: 'Of which journeys to be told. None: of all. What concerns all journeys is told in any case.',
		options: [
			{
				displayName: 'Journey',
				name: 'journey',
				values: [
					{
						...nameLocator({
							displayName: 'Journey', name: 'workflow', list: 'searchWorkflows', by: 'id', placeholder: 'e.g. 4Xy7QkT2',
							description: 'A journey that was published once, or the ID in the address of its workflow',
						}),
						noDataExpression: true,
					},
				],
			},
		],
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
	const { kinds = [], journeys = {}, resolved = false } = context.getNode().parameters;
	const chosen = Array.isArray(kinds) ? kinds.map(String) : [];
	if (!chosen.every(isKind)) throw new EngineError('BAD_INPUT', 'Kinds has an alert that there is not. Choose from the list.');
	return { kinds: chosen, workflows: entriesIn(journeys, 'journey').map(({ workflow }) => workflowIn(workflow)), resolved: resolved === true };
}

/** An entry without a journey would make a list of some into one of all, or of none. */
function workflowIn(value: unknown): string {
	const workflow = nameIn(value);
	if (workflow !== '') return workflow;
	throw new EngineError('BAD_INPUT', 'Only Journeys has an entry without a journey. Choose one, or remove the entry.');
}

function isKind(kind: string): kind is AlertKind {
	return Object.hasOwn(KINDS, kind);
}
