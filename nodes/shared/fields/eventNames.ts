import type { INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from './locator';

/** Several events, each chosen from what the engine has seen, or typed. Read it with eventNamesIn(). */
export function eventNamesField(name: string, displayName: string, description: string): INodeProperties {
	return {
		displayName,
		name,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Event',
		default: {},
		description,
		options: [
			{
				displayName: 'Event',
				name: 'rows',
				values: [nameLocator({ displayName: 'Event', name: 'event', description: 'Name of the event', placeholder: 'e.g. Order Completed', list: 'searchEvents' })],
			},
		],
	};
}

/** Their names. Empty: none is named. */
export function eventNamesIn(value: unknown): string[] {
	const { rows = [] } = (value ?? {}) as { rows?: Array<{ event?: unknown }> };
	return rows.map(({ event }) => nameIn(event)).filter((name) => name !== '');
}
