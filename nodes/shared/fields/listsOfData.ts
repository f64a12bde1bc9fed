import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { ENGAGEMENT_EVENTS } from '../../../engine';
import type { ValuesOf } from '../../../engine';
import { getEngine } from '../engine';
import { CHANNEL_OPTIONS } from './channels';
import { besideIn, byName, eventOf, listed, placeOf, searched } from './listing';
import { nameIn } from './locator';

const OWN_EVENTS = ENGAGEMENT_EVENTS;
/** Most installations send one or two of the many channels. */
const OF_OTHER_CHANNELS = /^(SMS|WhatsApp|Chat|Push Notification|Direct Mail) /;
const IDENTITY_KINDS = ['anonymous_id', 'email', 'phone', 'user_id'];
const MOST_GROUPS = 500;
/** Of whoever left the field empty (source.ts): nobody would choose that of another node. */
const BY_A_NODE = /^n8n workflow/;

/** The engine's own engagement events first, those of mails: they are what most journeys wait for. */
async function searchEvents(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	const isOfOther = (name: string) => OF_OTHER_CHANNELS.test(name);
	return await listed(this, filter, async () => [...OWN_EVENTS.filter((name) => !isOfOther(name)), ...(await eventsFromOutside(this)), ...OWN_EVENTS.filter(isOfOther)]);
}

/** Without them, where an event is told: the engine takes them from nobody. */
async function searchEventsFromOutside(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, () => eventsFromOutside(this));
}

async function eventsFromOutside(context: ILoadOptionsFunctions): Promise<string[]> {
	return (await (await getEngine(context)).events.names()).filter((name) => !OWN_EVENTS.includes(name)).sort(byName);
}

async function searchEventProperties(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, () => propertiesOf(this, eventOf(this)));
}

async function propertiesOf(context: ILoadOptionsFunctions, event: string): Promise<string[]> {
	if (event === '') return [];
	return (await (await getEngine(context)).events.properties(event)).map(({ name }) => name).sort(byName);
}

async function searchAttributes(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, () => attributesOf(this));
}

async function attributesOf(context: ILoadOptionsFunctions): Promise<string[]> {
	return (await (await getEngine(context)).profiles.attributes()).map(({ name }) => name).sort(byName);
}

/** Without what lies within them: an item carries them whole. */
async function searchTopAttributes(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const names = await attributesOf(this);
		const all = new Set(names);
		return names.filter((name) => !name.split('.').some((_part, n, parts) => n > 0 && all.has(parts.slice(0, n).join('.'))));
	});
}

/** Attributes of groups (accounts). */
async function searchGroupAttributes(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).groups.attributes()).map(({ name }) => name).sort(byName));
}

/** Groups (accounts) by key. */
async function searchAccounts(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await searched(this, async () => (await (await getEngine(this)).groups.list({ limit: MOST_GROUPS, search: filter ?? '' })).map(({ key }) => ({ name: key, value: key })));
}

/** Values of the attribute or property beside the value field, the most frequent first. */
async function searchValues(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await searched(this, async () => {
		const of = valuesFor(this);
		if (of === null) return [];
		return (await (await getEngine(this)).segments.values(of, { search: filter ?? '' })).map((value) => ({ name: value, value }));
	});
}

/** null: nothing is chosen yet. */
function valuesFor(context: ILoadOptionsFunctions): ValuesOf | null {
	const place = placeOf(context);
	// Before and after of a Journey Trigger stand below the attribute.
	const attribute = place[0] === 'attributeChange' ? nameIn(context.getCurrentNodeParameter('attribute')) : besideIn(context, 'attribute');
	if (attribute !== '') return place.at(-2)?.startsWith('group[') === true ? { groupAttribute: attribute } : { attribute };
	const [event, property] = [eventOf(context), besideIn(context, 'path')];
	return event === '' || property === '' ? null : { event, property };
}

/** What the column of a file may be called here, by what it is used as. */
async function searchColumnNames(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const use = besideIn(this, 'use') || 'attribute';
		if (use === 'attribute') return await attributesOf(this);
		if (use === 'property') return await propertiesOf(this, eventOf(this));
		if (use === 'identity') return IDENTITY_KINDS;
		const channels = CHANNEL_OPTIONS.map(({ value }) => String(value));
		if (use === 'suppression') return channels;
		if (use !== 'consent' && !use.startsWith('proof:')) return [];
		const { topics } = (await (await getEngine(this)).settings.get()).values;
		return [...channels, ...channels.flatMap((channel) => topics.map(({ key }) => `${channel}:${key}`))];
	});
}

/** Where events came from lately. */
async function searchSources(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => named(await (await getEngine(this)).events.sources()));
}

/** Where people said yes or no lately. */
async function searchConsentSources(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => named(await (await getEngine(this)).consent.sources()));
}

function named(sources: readonly string[]): string[] {
	return sources.filter((source) => !BY_A_NODE.test(source)).sort(byName);
}

/** What has come in: events, attributes, groups, their names and values. */
export const listsOfData = {
	searchEvents, searchEventsFromOutside, searchEventProperties, searchAttributes, searchTopAttributes, searchGroupAttributes, searchAccounts, searchValues, searchColumnNames, searchSources, searchConsentSources,
};
