import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { failItem } from './errors';
import type { Contact } from './step';

/** Reads a step's setting for each person; one that cannot be used is an error of that person's item alone. */
export function settingsOf<T>(
	context: IExecuteFunctions,
	contacts: Contact[],
	readFor: (itemIndex: number) => T,
): { read: Array<{ contact: Contact; setting: T }>; failed: INodeExecutionData[] } {
	const read: Array<{ contact: Contact; setting: T }> = [];
	const failed: INodeExecutionData[] = [];
	for (const contact of contacts) {
		try {
			read.push({ contact, setting: readFor(contact.index) });
		} catch (error) {
			failed.push(failItem(context, error, contact.index));
		}
	}
	return { read, failed };
}
