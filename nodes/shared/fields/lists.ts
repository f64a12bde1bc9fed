import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { ENGAGEMENT_EVENTS } from '../../../engine/events/types';
import { getEngine } from '../engine';
import { toNodeError } from '../errors';
import { nameIn } from './locator';

const LONGEST_LIST = 500;

/** The engine's own engagement events first: they are what most journeys wait for. */
async function searchEvents(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const seen = await (await getEngine(this)).events.names();
		return [...ENGAGEMENT_EVENTS, ...seen.filter((name) => !(ENGAGEMENT_EVENTS as readonly string[]).includes(name)).sort(byName)];
	});
}

async function searchEventProperties(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const event = nearestEvent(this);
		if (event === '') return [];
		const entries = await (await getEngine(this)).events.properties(event);
		return entries.map((entry) => entry.name).sort(byName);
	});
}

async function searchAttributes(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const entries = await (await getEngine(this)).profiles.attributes();
		return entries.map((entry) => entry.name).sort(byName);
	});
}

async function searchSegments(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const segments = await (await getEngine(this)).segments.list();
		return segments.map((segment) => segment.name).sort(byName);
	});
}

/** For `methods = { listSearch }` of every node with a name locator. */
export const listSearch = { searchEvents, searchEventProperties, searchAttributes, searchSegments };

async function listed(context: ILoadOptionsFunctions, filter: string | undefined, load: () => Promise<string[]>): Promise<INodeListSearchResult> {
	try {
		const wanted = (filter ?? '').toLowerCase();
		const names = (await load()).filter((name) => name.toLowerCase().includes(wanted)).slice(0, LONGEST_LIST);
		return { results: names.map((name) => ({ name, value: name })) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** The event beside the property filter: a sibling in a rule, else the node's own event, else its exit event. */
function nearestEvent(context: ILoadOptionsFunctions): string {
	for (const path of ['&event', 'event', 'exitEvent']) {
		try {
			const name = nameIn(context.getCurrentNodeParameter(path));
			if (name !== '') return name;
		} catch {
			// The path does not exist in this node: the next one may.
			continue;
		}
	}
	return '';
}

function byName(a: string, b: string): number {
	return a.localeCompare(b, 'en');
}
