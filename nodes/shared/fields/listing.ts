import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toNodeError } from '../errors';
import { parameterPathOf } from '../runtime';
import { nameIn } from './locator';

const LONGEST_LIST = 500;

export interface Choice {
	value: string;
	name: string;
}

/** Names as choices, those that contain what is searched for. */
export async function listed(context: ILoadOptionsFunctions, filter: string | undefined, load: () => Promise<string[]>): Promise<INodeListSearchResult> {
	return await described(context, filter, async () => (await load()).map((name) => ({ name, value: name })));
}

/** The same of what has another name than its value. */
export async function described(context: ILoadOptionsFunctions, filter: string | undefined, load: () => Promise<Choice[]>): Promise<INodeListSearchResult> {
	const wanted = (filter ?? '').toLowerCase();
	return await searched(context, async () => (await load()).filter(({ name }) => name.toLowerCase().includes(wanted)));
}

/** Choices that the engine has searched for itself. */
export async function searched(context: ILoadOptionsFunctions, load: () => Promise<Choice[]>): Promise<INodeListSearchResult> {
	try {
		return { results: (await load()).slice(0, LONGEST_LIST) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** Where the field stands in the panel, as the parts of its path: rule, group[0], conditions, attribute[0], value. */
export function placeOf(context: ILoadOptionsFunctions): string[] {
	return parameterPathOf(context).split('.').slice(1);
}

/** What is chosen in a field beside this one. */
export function besideIn(context: ILoadOptionsFunctions, name: string): string {
	return nameIn(context.getCurrentNodeParameter([...placeOf(context).slice(0, -1), name].join('.')));
}

/**
 * The event that a property filter belongs to: beside the filter list, however deep that lies in a rule. n8n's own
 * relative paths reach only one level up.
 */
export function eventOf(context: ILoadOptionsFunctions): string {
	const place = placeOf(context);
	if (place.at(-1) === 'locationProperty') return nameIn(context.getCurrentNodeParameter([...place.slice(0, -1), 'locationEvent'].join('.')));
	if (place[0] === 'exitFilters') return nameIn(context.getCurrentNodeParameter('exitEvent'));
	if (place[0] === 'areaProperty') return nameIn(context.getCurrentNodeParameter('areaEvent'));
	// The columns of an import, whose event is an option.
	if (place[0] === 'columns') return nameIn(context.getCurrentNodeParameter('options.event'));
	for (let depth = Math.max(0, place.length - 1); depth >= 0; depth -= 1) {
		const name = nameIn(context.getCurrentNodeParameter([...place.slice(0, depth), 'event'].join('.')));
		if (name !== '') return name;
	}
	return '';
}

export function byName(a: string, b: string): number {
	return a.localeCompare(b, 'en');
}
